"""The main.py files that the tests run."""

from __future__ import annotations

ONE_WORKFLOW = """
from stigmer import Workflow

greet = Workflow("greet", description="Says hello")
greet.set("say", text="hello")
"""

TWO_WORKFLOWS = (
    ONE_WORKFLOW
    + """
part = Workflow("part", description="Says goodbye")
part.set("farewell", text="goodbye")
"""
)

TWO_AGENTS = """
from stigmer import Agent

Agent("first", instructions="Answer in one short sentence.")
Agent("second", instructions="Answer in one short sentence.")
"""

SLOW_WORKFLOW = """
from stigmer import Workflow

slow = Workflow("slow")
slow.wait("pause", 600)
"""

SLOW_AGENT = """
from stigmer import Agent, Scripted

Agent("slow-agent", "Think before you answer.", model=Scripted("script.yaml"))
"""


def http_steps(url: str, steps: int) -> str:
    """One request after the other, each to a path of its own."""
    return f"""
from stigmer import Workflow

steps = Workflow("steps")
for number in range({steps}):
    steps.http_get(f"step{{number}}", f"{url}/step{{number}}")
"""
