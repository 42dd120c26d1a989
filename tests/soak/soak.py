"""Many edits at random moments, against a real loop: nothing missed, doubled, stale or left over."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from random import Random, randrange

from tests.soak.edits import Editor
from tests.soak.executions import executions_of, faults_of
from tests.soak.growth import KEPT, Growth, Size, size_of
from tests.soak.inventory import Inventory, inventory
from tests.soak.look import ENV_FILE
from tests.soak.model import Judge
from tests.soak.outages import Outages
from tests.soak.program import LOOKS
from tests.support.command import Running
from tests.support.poll import wait_until
from tests.support.world import World, new_world

EDITS = 1000
# Shares of the edits. The loop is measured when it is warm and at the end. So is the daemon; but a new one is
# a new process: the losses are over before it is warm.
LOOP_WARM, LOSSES_OVER, DAEMON_WARM = 0.2, 0.5, 0.7
# Long for a busy machine, and sooner than the safety rescan, which heals what was missed.
MISSED_SECONDS = 20.0
GAPS = (0.0, 0.05, 0.4, 1.2)  # seconds at most
LONGEST_BURST = 10
LAST_EDITS, LAST_EVENTS = 25, 60
REST_SECONDS = 10.0  # until what is about to end has ended
MODES = ("restart", "queue")  # of --on-change


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How it went."""

    edits: int
    judge: Judge
    left: list[str]
    loop: tuple[Inventory, Inventory]  # warm, at the end
    daemon: tuple[Inventory, Inventory]
    growth: Growth
    seconds: float

    @property
    def faults(self) -> list[str]:
        return [*self.judge.faults, *self.left, *self.growth.faults]

    def __str__(self) -> str:
        runs, losses = self.judge.runs, self.judge.losses
        memory = (
            f"{name} {warm.memory_mb:.0f} MB warm, {last.memory_mb:.0f} MB at the end"
            for name, (warm, last) in (("loop", self.loop), ("daemon", self.daemon))
        )
        return (
            f"{self.edits} edits in {self.seconds:.0f} s: {len(runs)} runs, "
            f"{sum(run.superseded for run in runs)} superseded, {sum(run.torn for run in runs)} torn, "
            f"{self.judge.broken} broken edits, {self.judge.unaffected} without effect; "
            f"{sum(run.cause == 'environment' for run in runs)} for variables; "
            f"{len(losses.all)} losses of the backend, {losses.said} said, "
            f"{sum(run.lost for run in runs)} that a run did not outlive; {'; '.join(memory)}; "
            f"{self.growth}; {len(self.faults)} faults"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a soak is to be."""

    edits: int
    seed: int
    watcher: str = "auto"
    on_change: str = ""  # empty: by the seed

    @property
    def mode(self) -> str:
        return self.on_change or MODES[self.seed % 2]

    @property
    def env_file(self) -> EnvFile:
        """Where the variables are, by the seed."""
        return tuple(EnvFile)[self.seed // 2 % len(EnvFile)]

    def __str__(self) -> str:
        return (
            f"SOAK_EDITS={self.edits} SOAK_SEED={self.seed} SOAK_WATCHER={self.watcher} "
            f"SOAK_ON_CHANGE={self.mode}"
        )


class EnvFile(Enum):
    """Where the variables come from."""

    INSIDE = "in the project, named by Stigmer.yaml and ignored by git"
    OUTSIDE = "beside the project, named by a flag"
    PIPE = "through a pipe, once"


class Soak:
    """A world, a project, its loop, and what the judge says."""

    def __init__(self, world: World, setting: Setting) -> None:
        self.root = world.dir / "project"
        self._piped = setting.env_file is EnvFile.PIPE
        self._env_file = (self.root if setting.env_file is EnvFile.INSIDE else world.dir) / ENV_FILE
        self._outages = Outages(world, Random(setting.seed + 2))
        self.editor = Editor(
            self.root, self._env_file, Random(setting.seed), self._outages.perform, piped=self._piped
        )
        self.judge = Judge(
            disk=self.editor.disk,
            looks=self._look,
            queue=setting.mode == "queue",
            losses=self._outages.losses,
        )
        self._world = world
        self._setting = setting
        self._random = Random(setting.seed + 1)
        self._events: deque[str] = deque(maxlen=LAST_EVENTS)

    def perform(self) -> Result:
        began = time.monotonic()
        with self._loop() as running:
            self._until_quiet(running)
            first = size_of(self._world.data)
            self._edit(running, LOOP_WARM)
            loop, _ = self._inventories(running)
            self._edit(running, LOSSES_OVER, losses=True)
            if not self.judge.losses.all:
                self.editor.lose()  # a short soak sees one, too
                self.editor.nudge()
                self._until_quiet(running)
            self._edit(running, DAEMON_WARM)
            _, daemon = self._inventories(running)
            middle = size_of(self._world.data)
            self._edit(running, 1)
            last_loop, last_daemon = self._inventories(running, loop, daemon)
            running.signal(signal.SIGINT)
            done = running.end()
        for line in done.out.splitlines()[self._heard :]:
            self._hear(line)
        self._world.nothing_is_left()
        left = [
            *(f"loop: {text}" for text in last_loop.more_than(loop)),
            *(f"daemon: {text}" for text in last_daemon.more_than(daemon)),
            *faults_of(executions_of(self._world), self.judge),
        ]
        if last_loop.fatter_than(loop):
            left.append(f"loop: {last_loop.memory_mb:.0f} MB instead of {loop.memory_mb:.0f}")
        if last_daemon.fatter_than(daemon):
            left.append(f"daemon: {last_daemon.memory_mb:.0f} MB instead of {daemon.memory_mb:.0f}")
        kept = [text for text in self.judge.noted if "read only once" in text]
        if len(kept) != int(self._piped):
            left.append(f"it said {len(kept)} times that the variables are kept")
        if self.judge.finished is None:
            left.append(f"the loop did not say its last word: {done.err}")
        growth = Growth(first=first, middle=middle, last=size_of(self._world.data), pruned=self._pruned())
        return Result(
            growth=growth,
            edits=self._setting.edits,
            judge=self.judge,
            left=left,
            loop=(loop, last_loop),
            daemon=(daemon, last_daemon),
            seconds=time.monotonic() - began,
        )

    def _pruned(self) -> Size:
        done = self._world.run("executions", "prune", "--keep", str(KEPT))
        assert done.code == 0, done.text
        return size_of(self._world.data)

    def story(self) -> str:
        """The last edits and events, for who has to find out."""
        edits = "\n".join(map(str, self.editor.edits[-LAST_EDITS:]))
        return f"{self._setting}, the last edits:\n{edits}\nthe last events:\n" + "".join(self._events)

    @contextmanager
    def _loop(self) -> Iterator[Running]:
        setting = self._setting
        how = ["--watcher", setting.watcher, "--on-change", setting.mode]
        if setting.env_file is EnvFile.OUTSIDE:
            how += ["--env-file", str(self._env_file)]
        arguments = ("run", "soak", "--watch", "-o", "json", "--no-keys", *how)
        pipe = f'exec "$@" --env-file <(cat {self._env_file})'
        running = self._world.start(
            *arguments, cwd=self.root, through=("bash", "-c", pipe, "bash") if self._piped else ()
        )
        self._heard = 0
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.process.kill()

    def _edit(self, running: Running, share: float, *, losses: bool = False) -> None:
        """Some edits in a row at random moments, then a time to see that all is as it must be; again."""
        until = max(int(self._setting.edits * share), 1)
        while (done := len(self.editor.edits)) < until:
            before = self.editor.disk.now.content
            for _ in range(min(self._random.randint(1, LONGEST_BURST), until - done)):
                time.sleep(self._random.uniform(0, self._random.choice(GAPS)))  # sleeps: random moments
                self.editor.edit(losses=losses)
            if self.editor.disk.now.content == before:
                self.editor.nudge()  # there is no event that says that nothing happened
            self._until_quiet(running)

    def _until_quiet(self, running: Running) -> None:
        edited = time.monotonic()

        def quiet(line: str) -> bool:
            self._hear(line)
            return bool(self.judge.faults) or not self.judge.unquiet()

        try:
            running.until(quiet)
        except AssertionError as error:
            missing = self.judge.unquiet()
            raise AssertionError(f"{missing}; {str(error)[:100]}\n{self.story()}") from None
        if self.judge.faults:
            raise AssertionError("\n".join(self.judge.faults) + f"\n{self.story()}")
        if time.monotonic() - edited > MISSED_SECONDS:
            raise AssertionError(f"missed, then healed by the safety rescan:\n{self.story()}")
        self.judge.quiet()

    def _hear(self, line: str) -> None:
        self._heard += 1
        self._events.append(line.rstrip("\n") + "\n")
        self.judge.hear(json.loads(line))

    def _look(self, digest: str) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.root.parent / LOOKS / digest).read_text())
        return found

    # -- what is left --------------------------------------------------------------------------------

    def _inventories(
        self, running: Running, loop: Inventory | None = None, daemon: Inventory | None = None
    ) -> tuple[Inventory, Inventory]:
        """Of the loop and its backend, with the files of the beginning; what ends soon has ended."""
        if self._world.daemon_pid() is None:
            self.editor.nudge()  # a run brings it back
            self._until_quiet(running)
        before = self.editor.disk.now.digest
        self.editor.restore()
        if self.editor.disk.now.digest != before:
            self._until_quiet(running)
        pid = self._world.daemon_pid()
        assert pid is not None, "the daemon is gone"
        return self._at_rest(running.process.pid, loop), self._at_rest(pid, daemon)

    def _at_rest(self, pid: int, before: Inventory | None) -> Inventory:
        last = inventory(pid)

        def at_rest() -> bool:
            nonlocal last
            previous, last = last, inventory(pid)
            if before is not None:
                return not last.more_than(before)
            return not last.more_than(previous) and not previous.more_than(last)

        with suppress(AssertionError):  # the result will say what it was
            wait_until(at_rest, "at rest", seconds=REST_SECONDS)
        return last


def soak(setting: Setting) -> Result:
    """Raises AssertionError with the whole story."""
    with new_world() as world:
        this = Soak(world, setting)
        result = this.perform()
        if result.faults:
            raise AssertionError(f"{result}\n" + "\n".join(result.faults) + f"\n{this.story()}")
        return result


def main() -> int:
    setting = Setting(
        edits=int(os.environ.get("SOAK_EDITS", EDITS)),
        seed=int(os.environ.get("SOAK_SEED", randrange(1_000_000))),
        watcher=os.environ.get("SOAK_WATCHER", "auto"),
        on_change=os.environ.get("SOAK_ON_CHANGE", ""),
    )
    print(setting, flush=True)
    try:
        print(soak(setting))
    except AssertionError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
