"""Records the real loop at work on real projects: `python -m tests.devloop.render.record_loops [STORY]`.

Afterwards, write the screens anew: `python -m tests.devloop.render.write_screens`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from devloop.loop.events import (
    BackendBack,
    BackendLost,
    ChangesCollected,
    ChangeSeen,
    EditBroken,
    ExplanationShown,
    HistoryShown,
    KeyAnswered,
    NotAffected,
    ProjectBack,
    ProjectGone,
    RunQueued,
    StormPaused,
    TargetMissing,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from runcmd.events import RunFinished, TaskStarted
from runcmd.project import OnChange
from tests.devloop.loop.looping import Looping, looping
from tests.devloop.loop.programs import WRITES, saying, says, two, waits
from tests.devloop.loop.switched import SwitchedBackend, open_switched
from tests.devloop.render import recorded
from tests.support.files import exchange

Story = Callable[[Path, SwitchedBackend], Awaitable[Looping]]


async def a_change(directory: Path, backend: SwitchedBackend) -> Looping:
    """Two runs, a change that concerns another workflow, and an edit that takes the target away."""
    async with looping(directory, backend.connect, two("one", "two"), selector="first") as loop:
        await loop.until(WatchReady)
        loop.edit(two("uno", "two"))
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        loop.edit(two("uno", "due"))
        await loop.until(NotAffected)
        await loop.until(WatchReady)
        loop.edit(says("due", "second"))
        await loop.until(TargetMissing)
        await loop.until(WatchReady)
    return loop


async def superseded(directory: Path, backend: SwitchedBackend) -> Looping:
    """An edit in the middle of a run."""
    async with looping(directory, backend.connect, waits("one")) as loop:
        await loop.until(TaskStarted, task="pause")
        loop.edit(says("two", "slow"))
        await loop.until(RunFinished)
        await loop.until(WatchReady)
    return loop


async def failures(directory: Path, backend: SwitchedBackend) -> Looping:
    """A run that fails, and an edit that does not work while another run is at work."""
    failing = says("one") + 'flow.raise_("stop", "out of coffee")\n'
    async with looping(directory, backend.connect, failing) as loop:
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        loop.edit(waits("two").replace('"slow"', '"greet"'))
        await loop.until(TaskStarted, task="pause")
        loop.edit("import stigmer\n\nprint(flow)\n")
        await loop.until(EditBroken)
    return loop


async def keys(directory: Path, backend: SwitchedBackend) -> Looping:
    """Every key once."""
    async with looping(directory, backend.connect, says("one"), keys=lambda: True) as loop:
        await loop.until(WatchReady)
        loop.loop.press("c")
        await loop.until(KeyAnswered)
        loop.loop.press("r")
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        loop.loop.press("p")
        await loop.until(WatchPaused)
        loop.edit(says("two"))
        await loop.until(ChangeSeen)
        loop.loop.press("p")
        await loop.until(WatchResumed)
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        loop.loop.press("h")
        await loop.until(HistoryShown)
        loop.loop.press("e")
        await loop.until(ExplanationShown)
        loop.loop.press("q")
        await loop.end()
    return loop


async def storm(directory: Path, backend: SwitchedBackend) -> Looping:
    """Each run writes a file that is watched."""
    async with looping(
        directory, backend.connect, WRITES.format(call='call_activity("note", note, {"text": "x"})')
    ) as loop:
        await loop.until(StormPaused)
        await loop.until(WatchReady, paused=True)
    return loop


async def backend_lost(directory: Path, backend: SwitchedBackend) -> Looping:
    """The backend goes away between two runs, and comes back."""
    async with looping(directory, backend.connect, says("one")) as loop:
        await loop.until(WatchReady)
        await backend.off()
        loop.edit(says("two"))
        await loop.until(BackendLost)
        await backend.on()
        await loop.until(BackendBack)
        await loop.until(RunFinished)
        await loop.until(WatchReady)
    return loop


async def moved(directory: Path, backend: SwitchedBackend) -> Looping:
    """The project is moved away and back, another one takes its place, and its Stigmer.yaml goes."""
    away, other = directory.with_name("away"), directory.with_name("other")
    async with looping(directory, backend.connect, says("one"), keys=lambda: True) as loop:
        await loop.until(WatchReady)
        directory.rename(away)
        await loop.until(ProjectGone)
        loop.loop.press("r")
        await loop.until(KeyAnswered)
        away.rename(directory)
        await loop.until(ProjectBack)
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        shutil.copytree(directory, other)
        (other / "main.py").write_text(says("two"))
        exchange(directory, other)
        await loop.until(ProjectBack)
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        (directory / "Stigmer.yaml").rename(directory / "Stigmer.yaml.old")
        await loop.until(ProjectGone)
    return loop


async def reactions(directory: Path, backend: SwitchedBackend) -> Looping:
    """A program that takes its time and says something, an edit that breaks it, and one that mends it."""
    slow = "import time\nprint('reading prices')\ntime.sleep(0.7)\n"
    async with looping(directory, backend.connect, slow + says("one")) as loop:
        await loop.until(WatchReady)
        loop.edit("print('reading prices'\n" + says("two"))
        await loop.until(EditBroken)
        await loop.until(WatchReady)
        loop.edit("print('reading prices')\n" + says("two"))
        await loop.until(RunFinished)
        await loop.until(WatchReady)
    return loop


async def queued(directory: Path, backend: SwitchedBackend) -> Looping:
    """An edit waits for the current run, whose lines go on."""
    async with looping(directory, backend.connect, waits("one"), on_change=OnChange.QUEUE) as loop:
        await loop.until(TaskStarted, task="pause")
        loop.edit("print('reading prices')\n" + says("two", "slow"))
        await loop.until(RunQueued)
        loop.loop.press("c")
        await loop.until(RunFinished)
        await loop.until(RunFinished)
        await loop.until(WatchReady)
    return loop


async def several(directory: Path, backend: SwitchedBackend) -> Looping:
    """Two targets; an edit of one of them, of neither, and one that takes the other away."""
    program = saying(first="one", second="one", third="one")
    async with looping(directory, backend.connect, program, selector="first", others=("second",)) as loop:
        await loop.until(WatchReady)
        loop.edit(saying(first="two", second="one", third="one"))
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        loop.edit(saying(first="two", second="one", third="two"))
        await loop.until(NotAffected)
        await loop.until(WatchReady)
        loop.edit(saying(first="two"))
        await loop.until(TargetMissing)
        await loop.until(WatchReady)
        loop.loop.press("h")
        await loop.until(HistoryShown)
    return loop


async def kept(directory: Path, backend: SwitchedBackend) -> Looping:
    """An edit in the middle of a run that goes on."""
    async with looping(directory, backend.connect, waits("one"), on_change=OnChange.KEEP) as loop:
        await loop.until(TaskStarted, task="pause")
        loop.edit(says("two", "slow"))
        await loop.until(RunFinished)
    return loop


async def manual(directory: Path, backend: SwitchedBackend) -> Looping:
    """Changes are collected, and run when somebody asks for it."""
    how: dict[str, Any] = {"on_change": OnChange.MANUAL, "keys": lambda: True}
    async with looping(directory, backend.connect, says("one"), **how) as loop:
        await loop.until(WatchReady)
        loop.edit(says("two"))
        await loop.until(ChangesCollected, changed=("main.py",))
        await loop.until(WatchReady)
        loop.edit("notes", "notes.md")
        await loop.until(ChangesCollected, changed=("main.py", "notes.md"))
        await loop.until(WatchReady)
        loop.loop.press("r")
        await loop.until(RunFinished)
        await loop.until(WatchReady)
    return loop


STORIES: tuple[Story, ...] = (
    a_change,
    superseded,
    failures,
    keys,
    storm,
    backend_lost,
    moved,
    reactions,
    queued,
    several,
    kept,
    manual,
)


async def record(story: Story) -> None:
    home = Path(tempfile.mkdtemp(prefix="st", dir="/tmp"))
    project = home / "demo"
    project.mkdir()
    try:
        async with open_switched(home) as backend:
            loop = await story(project, backend)
        shown = [(*seen, target) for seen, target in zip(loop.screen.seen, loop.screen.targets, strict=True)]
        recorded.write(recorded.STORIES / f"{story.__name__}.jsonl", shown, project)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    for each in STORIES:
        if not sys.argv[1:] or each.__name__ in sys.argv[1:]:
            anyio.run(record, each)
