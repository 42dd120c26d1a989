"""The target is renamed and comes back, and a library beside the project is edited, at random moments.

What must hold:

**Nothing is stale.** What a run says was in the library while it was under way, and its target was declared:
what was deployed by a name that the code has given up is run by no loop, and by no single command.
**Nothing is missed.** When all is quiet, the last run says what is in the library, or the target is said to
be missing.
**Nothing is doubled.** Two runs in a row say the same only if something else was there in between. A target
that comes back as it was runs nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random, randrange
from typing import Any

from tests.support.command import Running
from tests.support.world import World, new_world

EDITS = 200
LONGEST_BURST = 4
GAPS = (0.0, 0.05, 0.4)  # seconds at most
GLANCE_SECONDS = 0.2  # the disk is read a little before it is talked about
ALONE_SHARE = 0.2  # of the quiet times in which a single command runs the target

TARGET, OTHER = "target", "renamed"
MAIN = """
import sys
sys.path.insert(0, "../library")
from package.words import TEXT
from stigmer import Workflow

Workflow("{name}").set("say", text=TEXT)
"""


@dataclass(slots=True)
class NamesMoment:
    """What was on disk, and when at most."""

    name: str
    text: str
    since: float
    until: float = float("inf")


class NamesEditor:
    """Edits the name of the target and the library, whole files at once, each step noted."""

    def __init__(self, root: Path, random: Random) -> None:
        self.done: list[str] = []
        self.random = random
        self._root = root
        self._library = root.parent / "library/package/words.py"
        self._library.parent.mkdir(parents=True)
        (self._library.parent / "__init__.py").write_text("")
        self._numbers = count(1000)  # all of the same size
        self._write(TARGET, "1")
        self.moments = [NamesMoment(TARGET, "1", time.time())]
        self._kinds = (self._library_edited, self._library_edited, self._renamed, self._undone, self._touched)

    @property
    def now(self) -> NamesMoment:
        return self.moments[-1]

    def between(self, begin: float, end: float) -> list[NamesMoment]:
        return [each for each in self.moments if each.since <= end and each.until >= begin]

    def edit(self) -> None:
        kind = self.random.choice(self._kinds)
        self.done.append(f"{time.time():.3f} {kind.__name__}")
        kind()

    def new_text(self) -> None:
        self._step(self.now.name, str(next(self._numbers)))

    def _library_edited(self) -> None:
        self.new_text()

    def _renamed(self) -> None:
        self._step(OTHER if self.now.name == TARGET else TARGET, self.now.text)

    def _undone(self) -> None:
        before = self.now
        self.new_text()
        self.pause(0.4)
        self._step(before.name, before.text)

    def _touched(self) -> None:
        self._library.touch()

    def _step(self, name: str, text: str) -> None:
        began = time.time()
        self._write(name, text)
        self.moments[-1].until = time.time()
        self.moments.append(NamesMoment(name, text, began))

    def _write(self, name: str, text: str) -> None:
        for place, content in (
            (self._root / "main.py", MAIN.format(name=name)),
            (self._library, f"TEXT = {text!r}\n"),
        ):
            if not place.exists() or place.read_text() != content:
                draft = place.with_name(f"{place.name}~")
                draft.write_text(content)
                draft.replace(place)

    def pause(self, most: float) -> None:
        time.sleep(self.random.uniform(0, most))  # sleeps: so does whoever edits


@dataclass(slots=True)
class NamesRun:
    gen: int
    began: float
    answer: str = ""
    outcome: str = ""
    superseded: bool = False


class NamesJudge:
    """Hears the events of a loop."""

    def __init__(self, editor: NamesEditor) -> None:
        self.faults: list[str] = []
        self.runs: list[NamesRun] = []
        self.missing = 0
        self._editor = editor
        self._told: dict[int, float] = {}  # generations
        self._is_missing = self._ready = False

    @property
    def quiet(self) -> bool:
        now = self._editor.now
        if now.name == OTHER:
            return self._ready and self._is_missing
        said = self.runs[-1].answer if self.runs else ""
        return self._ready and not self._is_missing and said == now.text

    def hear(self, event: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(event["at"]).timestamp()
        match event["event"]:
            case "change_seen":
                self._ready = False
                self._told[event["gen"]] = at
            case "watch_ready":
                self._ready = True
            case "not_affected":
                self._is_missing = False
            case "target_missing":
                self._is_missing, self.missing = True, self.missing + 1
                self._check_name(event, at, OTHER)
            case "run_started":
                self._ready = self._is_missing = False
                # It is of what was there when its change was told.
                self.runs.append(NamesRun(event["gen"], self._told.get(event["gen"], at)))
                self._check_name(event, at, TARGET)
            case "run_superseded":
                self.runs[-1].superseded = True
            case "run_finished":
                self._finished(event, at)
            case "watch_finished" if event["left"]:
                self.faults.append(f"left behind: {event['left']}")
            case "edit_broken" | "storm_paused" | "backend_lost" | "watch_noted":
                self.faults.append(f"unexpected: {event}")

    def _check_name(self, event: Mapping[str, Any], at: float, name: str) -> None:
        """It was there at some moment since the run before."""
        since = self.runs[-2].began if len(self.runs) > 1 else 0.0
        if name not in {each.name for each in self._editor.between(since, at)}:
            self.faults.append(f"stale: {event}")

    def _finished(self, event: Mapping[str, Any], at: float) -> None:
        run = next(each for each in reversed(self.runs) if each.gen == event["gen"])
        run.outcome = event["outcome"]
        if run.outcome != "succeeded":
            if not run.superseded:
                self.faults.append(f"{event}")
            return
        run.answer = json.loads(event["answer"])["text"]
        window = self._editor.between(run.began - GLANCE_SECONDS, at)
        if run.answer not in {each.text for each in window}:
            self.faults.append(f"stale: it said {run.answer}, not one of {window}")
        before = self.runs[self.runs.index(run) - 1] if run is not self.runs[0] else None
        if before is not None and before.answer == run.answer:
            between = self._editor.between(before.began - GLANCE_SECONDS, run.began)
            if len({each.text for each in between}) < 2:
                self.faults.append(f"doubled: {run.answer}")


def soak_names(edits: int, seed: int) -> str:
    """How it went. Raises AssertionError with the last edits."""
    with new_world() as world:
        random = Random(seed)
        editor = NamesEditor(world.project(MAIN.format(name=TARGET)), random)
        judge = NamesJudge(editor)
        running = world.start("run", TARGET, "--watch", "-o", "json", "--no-keys", cwd=world.dir / "project")
        alone = 0
        try:
            _until_quiet(running, judge, editor)
            while len(editor.done) < edits:
                for _ in range(random.randint(1, LONGEST_BURST)):
                    editor.pause(random.choice(GAPS))
                    editor.edit()
                editor.new_text()  # there is no event that says that nothing happened
                _until_quiet(running, judge, editor)
                if random.random() < ALONE_SHARE:
                    _run_alone(world, editor)
                    alone += 1
            running.signal(signal.SIGINT)
            running.end()
        finally:
            if running.process.poll() is None:
                running.process.kill()
        world.nothing_is_left()
        return (
            f"{len(editor.done)} edits of a name and a library (seed {seed}): {len(judge.runs)} runs, "
            f"{judge.missing} times missing, {alone} single commands; 0 missed, 0 doubled, 0 stale"
        )


def _run_alone(world: World, editor: NamesEditor) -> None:
    done = world.run("run", TARGET, "-o", "quiet", cwd=world.dir / "project")
    if editor.now.name == OTHER:
        assert (done.code, done.out) == (1, ""), f"stale: {done.text}"
        assert f'no longer declares "{TARGET}"' in done.err, done.err
    else:
        assert done.code == 0, done.text
        assert json.loads(done.out)["text"] == editor.now.text, f"stale: {done.text}"


def _until_quiet(running: Running, judge: NamesJudge, editor: NamesEditor) -> None:
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


def main() -> int:
    edits = int(os.environ.get("SOAK_EDITS", EDITS))
    seed = int(os.environ.get("SOAK_SEED", randrange(1_000_000)))
    try:
        print(soak_names(edits, seed))
    except AssertionError as error:
        print(f"SOAK_EDITS={edits} SOAK_SEED={seed}\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
