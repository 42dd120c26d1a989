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
