"""A file that is being written while the program reads it, and then is as it was before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from devloop.loop.events import EditBroken, RunStarted, WatchReady
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from runcmd.request import RuntimeVariable
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says
from tests.support.poll import until

WHOLE = "whole"

# It meets somebody at a pipe before and after it reads; not at the first look.
READER = """
import os
from pathlib import Path
from stigmer import Workflow

here, meet = Path(__file__).parent, Path("{meet}")
other = (here / "other.txt").read_text()
slow = other != "first" and not (meet / "met").exists()
if slow:
    (meet / "before").read_text()
data = (here / "data.txt").read_text()
if slow:
    (meet / "after").read_text()
    (meet / "met").touch()
{check}
Workflow("w").set("say", data=data, other=other)
"""


@pytest.mark.parametrize(
    "check",
    ["", "assert data, 'half a file'"],
    ids=["which it takes as it is", "which breaks it"],
)
async def test_half_a_file_never_stays(tmp_path: Path, connect: Connect, check: str) -> None:
    project, meet = tmp_path / "project", tmp_path / "meet"
    for directory in (project, meet):
        directory.mkdir()
    for name in ("before", "after"):
        os.mkfifo(meet / name)
    data = project / "data.txt"
    data.write_text(WHOLE)
    (project / "other.txt").write_text("first")
    async with looping(project, connect, READER.format(meet=meet, check=check)) as hands:
        await hands.until(WatchReady)
        hands.edit("second", "other.txt")
        before, after = meet / "before", meet / "after"
        await passed(before, lambda: data.write_text(""))
        # Where the loop was quick to see that, it has stopped the program, which begins again.
        await passed(after, lambda: data.write_text(WHOLE), again=(before,))
        async with anyio.create_task_group() as doors:
            doors.start_soon(held_open, before, after)
            answer = (await hands.until(RunFinished)).answer
            doors.cancel_scope.cancel()
        assert (WHOLE in answer, "second" in answer) == (True, True)
        assert len(hands.screen.all(RunStarted)) == 2
        assert not hands.screen.all(EditBroken)


async def test_half_a_file_of_variables_never_stays(tmp_path: Path, connect: Connect) -> None:
    """It is saved, unchanged, at the moment at which it is read."""
    variables = tmp_path / "run.env"
    variables.write_text(WHOLE)
    saving = [False]

    def env() -> tuple[RuntimeVariable, ...]:
        torn = saving.pop()
        if torn:
            variables.write_text("")
        text = variables.read_text()
        if torn:
            variables.write_text(WHOLE)
        saving.append(False)
        return (RuntimeVariable(name="TEXT", value=text, secret=False),) if text else ()

    project = tmp_path / "project"
    project.mkdir()
    async with looping(project, connect, says("one"), env=env, extra=(variables,)) as hands:
        await hands.until(WatchReady)
        saving[0] = True
        hands.edit(says("two"))
        await hands.until(RunFinished)
        await hands.until(WatchReady)
        newest, *_ = await hands.messages()
        assert newest.spec.runtime_env["TEXT"].value == WHOLE
        assert len(hands.screen.all(RunStarted)) == 2


async def passed(pipe: Path, act: Callable[[], object], again: Iterable[Path] = ()) -> None:
    """Acts when the program is at the pipe, then lets it go on; at those of `again` it goes on at once."""

    def opened() -> int:
        for each in again:
            let_through(each)
        return writer(pipe)

    writing = await until(opened, "the program is at the pipe")
    act()
    os.close(writing)


async def held_open(*pipes: Path) -> None:
    """Whoever comes to one of them goes on."""
    while True:
        for each in pipes:
            let_through(each)
        await anyio.sleep(0.01)  # sleeps: a pipe does not say when somebody opens it


def let_through(pipe: Path) -> None:
    if descriptor := writer(pipe):
        os.close(descriptor)


def writer(pipe: Path) -> int:
    """A descriptor; 0: nobody reads yet."""
    with suppress(OSError):
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    return 0
