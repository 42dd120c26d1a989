"""Edits of what an MCP server is made of, at random moments, against a real loop: an old one never answers.

The server says of which script, module and table it is made. What must hold:

**Nothing is stale.** Each part of an answer was on disk while its run was under way.
**Nothing is missed.** When all is quiet, the last answer is what is on disk, also of a single run after it.
**Nothing is doubled.** Two runs in a row with the same answer are one too many, unless something else was on
disk in between; an edit of what the server is not made of runs nothing.
"""

from __future__ import annotations

import json
import os
import shutil
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

EDITS = 200
LONGEST_BURST = 4
GAPS = (0.0, 0.05, 0.3)  # seconds at most
PAUSE_SECONDS = 0.01  # between a truncation and the write
UNDO_SECONDS = 0.5
GLANCE_SECONDS = 0.2  # the disk is read a little before it is talked about
SINGLE_ONE_IN = 4  # quiet times with a run that is not the loop's

MAIN = f"""
from stigmer import Agent, Scripted, StdioServer
Agent("teller", "Use the tool and tell what it says.", model=Scripted("script.yaml"),
      mcp_servers=[StdioServer("tools", {sys.executable!r}, ["server.py"])])
"""
SCRIPT = "- call: {tool: made_of, args: {}}\n- say: '{{ result }}'\n"
SERVER = """
import json, sys
from pathlib import Path
VERSION = "0"
TABLE = Path(__file__).with_name("table.txt").read_text()

def made_of():
    import words  # late
    return "|".join([VERSION, getattr(words, "WORD", ""), TABLE])

TOOL = {"name": "made_of", "inputSchema": {"type": "object", "properties": {}}}
for line in sys.stdin:
    ask = json.loads(line)
    result = {}
    if ask["method"] == "initialize":
        result = {"protocolVersion": ask["params"]["protocolVersion"], "capabilities": {"tools": {}},
                  "serverInfo": {"name": "t", "version": "1"}}
    elif ask["method"] == "tools/list":
        result = {"tools": [TOOL]}
    elif ask["method"] == "tools/call":
        result = {"content": [{"type": "text", "text": made_of()}]}
    if "id" in ask:
        print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], "result": result}), flush=True)
"""

Content = tuple[str, str, str]  # of which script, module and table


@dataclass(slots=True)
class Moment:
    """What was on disk, and when at most."""

    content: Content
    since: float
    until: float = float("inf")


class ServerEditor:
    """Edits the parts of a server, each step noted."""

    def __init__(self, root: Path, random: Random) -> None:
        self.root = root
        self._random = random
        self._numbers = count(1000)  # all of the same size
        self.done: list[str] = []
        for name, text in {"main.py": MAIN, "script.yaml": SCRIPT, "server.py": SERVER}.items():
            (root / name).write_text(text)
        (root / "words.py").write_text('WORD = "0"\n')
        (root / "table.txt").write_text("0")
        self.moments = [Moment(self._content(), time.time())]
        self._kinds = (
            self.script,
            self._module,
            self._table,
            self._package,
            self._undo,
            self._touch,
            self._other,
        )

    @property
    def now(self) -> Content:
        return self.moments[-1].content

    def between(self, begin: float, end: float) -> list[Moment]:
        return [each for each in self.moments if each.since <= end and each.until >= begin]

    def edit(self) -> None:
        kind = self._random.choice(self._kinds)
        self.done.append(f"{time.time():.3f} {kind.__name__}")
        kind()

    def script(self) -> None:
        draft = self.root / "server.py~"
        draft.write_text(SERVER.replace('VERSION = "0"', f'VERSION = "{next(self._numbers)}"'))
        self._step(lambda: draft.replace(self.root / "server.py"))

    def _module(self) -> None:
        self._put(self._words, f'WORD = "{next(self._numbers)}"\n')

    def _table(self) -> None:
        self._put(self.root / "table.txt", str(next(self._numbers)))

    def _package(self) -> None:
        """A module becomes a package, and a package a module."""
        text, package = f'WORD = "{next(self._numbers)}"\n', self.root / "words"
        if package.is_dir():
            (self.root / "words.py").write_text(text)
            self._step((package / "__init__.py").unlink)
            shutil.rmtree(package)
            return
        package.mkdir()
        (package / "draft~").write_text(text)
        self._step(lambda: (package / "draft~").replace(package / "__init__.py"))
        (self.root / "words.py").unlink()

    def _undo(self) -> None:
        before = self._words.read_text()
        self._module()
        self._pause(UNDO_SECONDS)
        self._put(self._words, before)

    def _touch(self) -> None:
        self._words.touch()

    def _other(self) -> None:
        (self.root / "README.md").write_text(f"words.py {next(self._numbers)}")

    @property
    def _words(self) -> Path:
        package = self.root / "words" / "__init__.py"
        return package if package.is_file() else self.root / "words.py"

    def _put(self, place: Path, text: str) -> None:
        """As `open(path, "w")` does: for a moment there is nothing in it."""
        self._step(lambda: place.write_text(""))
        self._pause(PAUSE_SECONDS)
        self._step(lambda: place.write_text(text))

    def _step(self, change: Callable[[], object]) -> None:
        began = time.time()
        change()
        if (content := self._content()) != self.now:
            self.moments[-1].until = time.time()
            self.moments.append(Moment(content, began))

    def _content(self) -> Content:
        script = (self.root / "server.py").read_text().partition('VERSION = "')[2].partition('"')[0]
        word = self._words.read_text().partition('WORD = "')[2].partition('"')[0]
        return script, word, (self.root / "table.txt").read_text()

    def _pause(self, most: float) -> None:
        time.sleep(self._random.uniform(0, most))  # sleeps: so does whoever edits


@dataclass(slots=True)
class ServerRun:
    """A run of the loop."""

    began: float
    answer: Content | None = None  # of one that came to its end
    superseded: bool = False


class ServerJudge:
    """Hears the events of a loop."""

    def __init__(self, editor: ServerEditor) -> None:
        self.faults: list[str] = []
        self.runs: list[ServerRun] = []
        self.unaffected = 0
        self._editor = editor
        self._ready = False

    @property
    def quiet(self) -> bool:
        return self._ready and bool(self.runs) and self.runs[-1].answer == self._editor.now

    def hear(self, event: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(event["at"]).timestamp()
        match event["event"]:
            case "change_seen":
                self._ready = False
            case "watch_ready":
                self._ready = True
            case "run_started":
                self._ready = False
                self.runs.append(ServerRun(at))
            case "run_superseded":
                self.runs[-1].superseded = True
            case "not_affected":
                self.unaffected += 1
            case "run_finished" if event["outcome"] == "succeeded":
                first, second, third = event["answer"].split("|")
                self._answered(self.runs[-1], (first, second, third), at)
            case "run_finished" if not self.runs[-1].superseded:
                self.faults.append(f"{event}")
            case "edit_broken" | "storm_paused" | "backend_lost":
                self.faults.append(f"unexpected: {event}")

    def _answered(self, run: ServerRun, answer: Content, at: float) -> None:
        run.answer = answer
        contents = [each.content for each in self._editor.between(run.began - GLANCE_SECONDS, at)]
        for part, possible in zip(answer, zip(*contents, strict=True), strict=True):
            if part not in possible:
                self.faults.append(f"stale: {answer} has {part}, not one of {sorted(set(possible))}")
        before = self.runs[-2] if len(self.runs) > 1 else None
        if before is not None and before.answer == answer:
            between = self._editor.between(before.began - GLANCE_SECONDS, run.began)
            if len({each.content for each in between}) < 2:
                self.faults.append(f"doubled: {answer}")


def soak_servers(edits: int, seed: int) -> str:
    """How it went. Raises AssertionError with the last edits."""
    with new_world() as world:
        random = Random(seed)
        editor = ServerEditor(world.project(MAIN), random)
        judge = ServerJudge(editor)
        running = world.start("run", "teller", "--watch", "-o", "json", "--no-keys", cwd=editor.root)
        try:
            _until_quiet(running, judge, editor)
            while len(editor.done) < edits:
                for _ in range(random.randint(1, LONGEST_BURST)):
                    time.sleep(random.uniform(0, random.choice(GAPS)))  # sleeps: random moments
                    editor.edit()
                editor.script()  # there is no event that says that nothing happened
                _until_quiet(running, judge, editor)
                if random.randrange(SINGLE_ONE_IN) == 0:
                    _run_once(world, editor)
            running.signal(signal.SIGINT)
            running.end()
        finally:
            if running.process.poll() is None:
                running.process.kill()
        world.run("server", "stop")  # and with it what single runs keep warm
        world.nothing_is_left()
        superseded = sum(each.superseded for each in judge.runs)
        return (
            f"{len(editor.done)} edits of a server (seed {seed}): {len(judge.runs)} runs, "
            f"{superseded} superseded, {judge.unaffected} without effect; 0 missed, 0 doubled, 0 stale"
        )


def _until_quiet(running: Running, judge: ServerJudge, editor: ServerEditor) -> None:
    def quiet(line: str) -> bool:
        judge.hear(json.loads(line))
        return bool(judge.faults) or judge.quiet

    try:
        running.until(quiet)
    except AssertionError as error:
        story = "\n".join(editor.done[-20:])
        raise AssertionError(f"missed: {editor.now} after {judge.runs[-3:]}\n{story}\n{error}") from None
    if judge.faults:
        story = "\n".join([*editor.done[-20:], *(line.rstrip() for line in running.lines[-60:])])
        raise AssertionError("\n".join(judge.faults) + f"\n{editor.moments[-12:]}\n{story}")


def _run_once(world: World, editor: ServerEditor) -> None:
    done = world.run("run", "teller", "-o", "quiet", cwd=editor.root)
    assert done.out.strip() == "|".join(editor.now), f"stale in a single run: {done.text}, not {editor.now}"


def main() -> int:
    edits = int(os.environ.get("SOAK_EDITS", EDITS))
    seed = int(os.environ.get("SOAK_SEED", randrange(1_000_000)))
    try:
        print(soak_servers(edits, seed))
    except AssertionError as error:
        print(f"SOAK_EDITS={edits} SOAK_SEED={seed}\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
