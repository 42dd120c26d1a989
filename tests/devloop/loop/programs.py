"""The main.py files that the loops run."""

from __future__ import annotations


def says(text: str, name: str = "greet") -> str:
    return f"""
from stigmer import Workflow

flow = Workflow("{name}")
flow.set("say", text="{text}")
"""


def waits(text: str) -> str:
    """It says something and does not end."""
    return f"""
from stigmer import Workflow

flow = Workflow("slow")
flow.set("say", text="{text}")
flow.wait("pause", 600)
"""


def two(first: str, second: str) -> str:
    return says(first, "first") + says(second, "second")


def waiting(**texts: str) -> str:
    """A workflow for each name; it says its text and does not end."""
    return "from stigmer import Workflow\n" + "".join(
        f"""
flow = Workflow("{name}")
flow.set("say", text="{text}")
flow.wait("pause", 600)
"""
        for name, text in texts.items()
    )


def saying(**texts: str) -> str:
    """A workflow for each name; it says its text."""
    return "".join(says(text, name) for name, text in texts.items())


WRITES = """
from pathlib import Path
from stigmer import Workflow, activity

@activity
def note(text: str) -> str:
    file = Path(__file__).parent / "out.txt"
    file.write_text(file.read_text() + "x" if file.exists() else "x")
    return text

flow = Workflow("noting")
flow.{call}
"""
