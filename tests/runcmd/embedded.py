"""Runs of a small project on the embedded backend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio

from runcmd.events import Event, RunFinished
from runcmd.pipeline import Connect, Run, open_run
from runcmd.request import RunRequest
from tests.support.project import load_project

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("echo", "Say what you are told.", model=Scripted("echo.yaml"))
quick = Workflow("quick", namespace="demo")
first = quick.set("first", {"a": 1})
quick.set("second", {"b": first.a})
slow = Workflow("slow", namespace="demo")
slow.wait("nap", 600)
bad = Workflow("bad", namespace="demo")
bad.raise_("give-up", "https://example.com/errors/no", "not today")
"""


async def run(
    directory: Path,
    connect: Connect,
    selector: str,
    *,
    act: Callable[[Event, Run], None] | None = None,
    follow: bool = True,
    program: str = PROGRAM,
) -> list[Event]:
    project = load_project(directory, program)
    (directory / "echo.yaml").write_text("- say: 'You said {{ message }}'\n")
    request = RunRequest(project=project, selector=selector, message="hello", follow=follow)
    events: list[Event] = []
    with anyio.fail_after(60):
        async with open_run(request, connect) as running:
            async for event in running:
                events.append(event)
                if act is not None:
                    act(event, running)
    return events


def end(events: list[Event]) -> RunFinished:
    assert isinstance(events[-1], RunFinished)
    return events[-1]
