"""Edits of a project with two targets, at random moments, against a real loop for both.

Each target says which of its own file and of the one that they share it is made of. What must hold:

**Nothing is stale.** Each part of an answer was on disk while its run was under way.
**Nothing is missed.** When all is quiet, the last answer of each target is what is on disk.
**Nothing is doubled.** Two runs of a target in a row with the same content are one too many, unless the first
one gave way, and something else was on disk in between: an edit of the other's file runs nothing here.
**Nothing is mixed up.** Each event of a run names its target. Only a run of the same target takes the
place of one, one at a time (unless they are kept); none is left when the loop ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random, randrange
from typing import Any

from tests.support.command import Running
from tests.support.world import World, new_world

EDITS = 300
LONGEST_BURST = 5
GAPS = (0.0, 0.05, 0.4)  # seconds at most
PAUSE_SECONDS = 0.01  # between a truncation and the write
UNDO_SECONDS = 0.5
GLANCE_SECONDS = 0.2  # the disk is read a little before it is talked about
MODES = ("restart", "queue", "keep")  # of --on-change

TARGETS = ("left", "right")
SHARED = "shared"
# Every other content makes a run that takes a moment, so that there is something to give way.
MAIN = """
from pathlib import Path
from stigmer import Workflow

shared = Path(__file__).with_name("shared.txt").read_text()
for name in ("left", "right"):
    own = Path(__file__).with_name(f"{name}.txt").read_text()
    flow = Workflow(name)
    if own[-1:] in ("1", "3", "5", "7", "9"):
        flow.wait("linger", 1)
    flow.set("made_of", text=f"{own}|{shared}")
"""

Content = tuple[str, str]  # of its own file, and of the shared one


@dataclass(slots=True)
class TargetsMoment:
    """What was on disk, and when at most."""

    files: Mapping[str, str]
    since: float
    until: float = float("inf")

    def of(self, target: str) -> Content:
        return self.files[target], self.files[SHARED]


class TargetsEditor:
    """Edits what the targets are made of, each step noted."""

    def __init__(self, root: Path, random: Random) -> None:
        self.root = root
        self._random = random
        self._numbers = count(1000)  # all of the same size
        self.done: list[str] = []
        (root / "main.py").write_text(MAIN)
        for name in (*TARGETS, SHARED):
            (root / f"{name}.txt").write_text("0")
        self.moments = [TargetsMoment(self._files(), time.time())]
        self._kinds = (self.one, self.one, self.both, self._shared, self._undo, self._touch, self._other)

    @property
    def now(self) -> TargetsMoment:
        return self.moments[-1]

    def between(self, begin: float, end: float) -> list[TargetsMoment]:
        return [each for each in self.moments if each.since <= end and each.until >= begin]

    def edit(self) -> None:
        kind = self._random.choice(self._kinds)
        self.done.append(f"{time.time():.3f} {kind.__name__}")
        kind()

    def one(self) -> None:
        self._put(self._random.choice(TARGETS), str(next(self._numbers)))

    def both(self) -> None:
        for name in TARGETS:
            self._put(name, str(next(self._numbers)))

    def _shared(self) -> None:
        self._put(SHARED, str(next(self._numbers)))

    def _undo(self) -> None:
        name = self._random.choice(TARGETS)
        before = (self.root / f"{name}.txt").read_text()
        self._put(name, str(next(self._numbers)))
        self._pause(UNDO_SECONDS)
        self._put(name, before)

    def _touch(self) -> None:
        (self.root / "left.txt").touch()

    def _other(self) -> None:
        (self.root / "README.md").write_text(str(next(self._numbers)))

    def _put(self, name: str, text: str) -> None:
        """As `open(path, "w")` does: for a moment there is nothing in it."""
        place = self.root / f"{name}.txt"
        self._step(lambda: place.write_text(""))
        self._pause(PAUSE_SECONDS)
        self._step(lambda: place.write_text(text))

    def _step(self, change: Callable[[], object]) -> None:
        began = time.time()
        change()
        self.moments[-1].until = time.time()
        self.moments.append(TargetsMoment(self._files(), began))

    def _files(self) -> dict[str, str]:
        return {name: (self.root / f"{name}.txt").read_text() for name in (*TARGETS, SHARED)}

    def _pause(self, most: float) -> None:
        time.sleep(self._random.uniform(0, most))  # sleeps: so does whoever edits


@dataclass(slots=True)
class TargetRun:
    """A run of one target."""

    gen: int
    target: str
    began: float
    answer: Content | None = None  # of one that came to its end
    outcome: str = ""
    superseded: bool = False


class TargetsJudge:
    """Hears the events of a loop."""

    def __init__(self, editor: TargetsEditor, mode: str) -> None:
        self.faults: list[str] = []
        self.runs: list[TargetRun] = []
        self.unaffected = 0
        self._editor = editor
        self._mode = mode
        self._ready = False

    def of(self, target: str) -> list[TargetRun]:
        return [each for each in self.runs if each.target == target]

    @property
    def quiet(self) -> bool:
        now = self._editor.now
        latest = [self.of(target)[-1:] for target in TARGETS]
        return self._ready and all(
            runs and runs[0].answer == now.of(target) for target, runs in zip(TARGETS, latest, strict=True)
        )

    def hear(self, event: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(event["at"]).timestamp()
        match event["event"]:
            case "change_seen":
                self._ready = False
            case "watch_ready":
                self._ready = True
            case "run_started":
                self._started(event, at)
            case "run_superseded":
                self._superseded(event)
            case "not_affected":
                self.unaffected += 1
            case "execution_created" | "run_finished" if "target" not in event:
                self.faults.append(f"without a target: {event}")
            case "run_finished":
                self._finished(event, at)
            case "watch_finished" if event["left"]:
                self.faults.append(f"left behind: {event['left']}")
            case "edit_broken" | "storm_paused" | "backend_lost" | "target_missing":
                self.faults.append(f"unexpected: {event}")

    def _started(self, event: Mapping[str, Any], at: float) -> None:
        self._ready = False
        target = event["target"]
        going_on = [each.gen for each in self.of(target) if not each.outcome]
        if going_on and self._mode != "keep":
            self.faults.append(f"{target} runs beside generations {going_on}: {event}")
        if self.runs and self.runs[-1].gen > event["gen"]:
            self.faults.append(f"older than {self.runs[-1].gen}: {event}")
        self.runs.append(TargetRun(event["gen"], target, at))

    def _superseded(self, event: Mapping[str, Any]) -> None:
        if self._mode == "queue" or (self._mode == "keep" and not event["kept"]):
            self.faults.append(f"nothing gives way: {event}")
        self._run(event).superseded = True

    def _run(self, event: Mapping[str, Any]) -> TargetRun:
        return next(each for each in reversed(self.of(event["target"])) if each.gen == event["gen"])

    def _finished(self, event: Mapping[str, Any], at: float) -> None:
        run = self._run(event)
        run.outcome = event["outcome"]
        if run.outcome == "succeeded":
            own, _, shared = json.loads(event["answer"])["text"].partition("|")
            self._answered(run, (own, shared), at)
        elif not run.superseded:
            self.faults.append(f"{event}")

    def _answered(self, run: TargetRun, answer: Content, at: float) -> None:
        run.answer = answer
        contents = [each.of(run.target) for each in self._editor.between(run.began - GLANCE_SECONDS, at)]
        for part, possible in zip(answer, zip(*contents, strict=True), strict=True):
            if part not in possible:
                self.faults.append(f"stale: {run.target} {answer}, not one of {sorted(set(possible))}")
        runs = self.of(run.target)
        before = runs[runs.index(run) - 1] if run is not runs[0] else None
        if before is not None and before.answer == answer:
            between = self._editor.between(before.began - GLANCE_SECONDS, run.began)
            if len({each.of(run.target) for each in between}) < 2:
                self.faults.append(f"doubled: {run.target} {answer}")


def soak_targets(edits: int, seed: int) -> str:
    """How it went. Raises AssertionError with the last edits."""
    mode = MODES[seed % len(MODES)]
    with new_world() as world:
        random = Random(seed)
        editor = TargetsEditor(world.project(MAIN), random)
        judge = TargetsJudge(editor, mode)
        what = ("--all",) if seed % 2 else TARGETS
        running = world.start(
            "run", *what, "--watch", "-o", "json", "--no-keys", "--on-change", mode, cwd=editor.root
        )
        try:
            _until_quiet(running, judge, editor)
            while len(editor.done) < edits:
                for _ in range(random.randint(1, LONGEST_BURST)):
                    time.sleep(random.uniform(0, random.choice(GAPS)))  # sleeps: random moments
                    editor.edit()
                editor.both()  # there is no event that says that nothing happened
                _until_quiet(running, judge, editor)
            running.signal(signal.SIGINT)
            running.end()
        finally:
            if running.process.poll() is None:
                running.process.kill()
        _check_executions(world, judge)
        world.nothing_is_left()
        return (
            f"{len(editor.done)} edits of two targets (seed {seed}, {mode}): {len(judge.runs)} runs, "
            f"{sum(each.superseded for each in judge.runs)} superseded, {judge.unaffected} left alone; "
            "0 missed, 0 doubled, 0 stale"
        )


def _until_quiet(running: Running, judge: TargetsJudge, editor: TargetsEditor) -> None:
    def quiet(line: str) -> bool:
        judge.hear(json.loads(line))
        return bool(judge.faults) or judge.quiet

    story = "\n".join(editor.done[-20:])
    try:
        running.until(quiet)
    except AssertionError as error:
        raise AssertionError(f"missed: {editor.now} after {judge.runs[-4:]}\n{story}\n{error}") from None
    if judge.faults:
        heard = "".join(running.lines[-60:])
        raise AssertionError("\n".join(judge.faults) + f"\n{editor.moments[-12:]}\n{story}\n{heard}")


def _check_executions(world: World, judge: TargetsJudge) -> None:
    """None goes on, and there are as many as runs were told."""
    listed = world.run("executions", "list", "-n", "1000", "-o", "json")
    found = [json.loads(line) for line in listed.out.splitlines()]
    going_on = [each for each in found if each["phase"] not in ("completed", "cancelled")]
    assert not going_on, f"left: {going_on}"
    assert len(found) <= len(judge.runs), f"{len(found)} executions of {len(judge.runs)} runs"


def main() -> int:
    edits = int(os.environ.get("SOAK_EDITS", EDITS))
    seed = int(os.environ.get("SOAK_SEED", randrange(1_000_000)))
    try:
        print(soak_targets(edits, seed))
    except AssertionError as error:
        print(f"SOAK_EDITS={edits} SOAK_SEED={seed}\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
