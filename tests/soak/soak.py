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
from random import Random, randrange

import grpc

from stigmer_api import workflowexecution_pb2 as wire
from stigmer_api import workflowexecution_pb2_grpc as services
from tests.end_to_end.backend import CANCELLED, COMPLETED, address
from tests.end_to_end.world import PATIENCE_SECONDS, Running, World, new_world, wait_until
from tests.soak.edits import Editor
from tests.soak.inventory import Inventory, inventory
from tests.soak.model import Judge
from tests.soak.program import LOOKS

EDITS = 1000
WARM_SHARE = 5  # the first fifth of the edits
# Long for a busy machine, and sooner than the safety rescan, which heals what was missed.
MISSED_SECONDS = 20.0
GAPS = (0.0, 0.05, 0.4, 1.2)  # seconds at most
LONGEST_BURST = 10
LAST_EDITS, LAST_EVENTS = 25, 60
PAGE = 100
REST_SECONDS = 10.0  # until what is about to end has ended
DONE = (COMPLETED, CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How it went."""

    edits: int
    judge: Judge
    left: list[str]
    loop: tuple[Inventory, Inventory]  # warm, at the end
    daemon: tuple[Inventory, Inventory]
    seconds: float

    @property
    def faults(self) -> list[str]:
        return [*self.judge.faults, *self.left]

    def __str__(self) -> str:
        runs = self.judge.runs
        memory = (
            f"{name} {warm.memory_mb:.0f} MB warm, {last.memory_mb:.0f} MB at the end"
            for name, (warm, last) in (("loop", self.loop), ("daemon", self.daemon))
        )
        return (
            f"{self.edits} edits in {self.seconds:.0f} s: {len(runs)} runs, "
            f"{sum(run.superseded for run in runs)} superseded, {sum(run.torn for run in runs)} torn, "
            f"{self.judge.broken} broken edits, {self.judge.unaffected} without effect; {'; '.join(memory)}; "
            f"{len(self.faults)} faults"
        )


class Soak:
    """A world, a project, its loop, and what the judge says."""

    def __init__(self, world: World, edits: int, seed: int, watcher: str) -> None:
        self.root = world.dir / "project"
        self.editor = Editor(self.root, Random(seed))
        self.judge = Judge(disk=self.editor.disk, looks=self._look)
        self._world = world
        self._edits = edits
        self._seed = seed
        self._watcher = watcher
        self._random = Random(seed + 1)
        self._events: deque[str] = deque(maxlen=LAST_EVENTS)

    def perform(self) -> Result:
        began = time.monotonic()
        warm_at = max(self._edits // WARM_SHARE, 1)
        with self._loop() as running:
            self._until_quiet(running)
            self._edit(running, warm_at)
            loop, daemon = self._inventories(running)
            self._edit(running, self._edits)
            last_loop, last_daemon = self._inventories(running, loop, daemon)
            running.signal(signal.SIGINT)
            done = running.end()
        for line in done.out.splitlines()[self._heard :]:
            self._hear(line)
        self._world.nothing_is_left()
        left = [
            *(f"loop: {text}" for text in last_loop.more_than(loop)),
            *(f"daemon: {text}" for text in last_daemon.more_than(daemon)),
            *self._executions_left(),
        ]
        if last_loop.fatter_than(loop):
            left.append(f"loop: {last_loop.memory_mb:.0f} MB instead of {loop.memory_mb:.0f}")
        if last_daemon.fatter_than(daemon):
            left.append(f"daemon: {last_daemon.memory_mb:.0f} MB instead of {daemon.memory_mb:.0f}")
        if self.judge.finished is None:
            left.append(f"the loop did not say its last word: {done.err}")
        return Result(
            edits=self._edits,
            judge=self.judge,
            left=left,
            loop=(loop, last_loop),
            daemon=(daemon, last_daemon),
            seconds=time.monotonic() - began,
        )

    def story(self) -> str:
        """The last edits and events, for who has to find out."""
        edits = "\n".join(map(str, self.editor.edits[-LAST_EDITS:]))
        return f"SOAK_SEED={self._seed}, the last edits:\n{edits}\nthe last events:\n" + "".join(self._events)

    @contextmanager
    def _loop(self) -> Iterator[Running]:
        arguments = ("run", "soak", "--watch", "-o", "json", "--no-keys", "--watcher", self._watcher)
        running = self._world.start(*arguments, cwd=self.root)
        self._heard = 0
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.process.kill()

    def _edit(self, running: Running, until: int) -> None:
        """Some edits in a row at random moments, then a time to see that all is as it must be; again."""
        while (done := len(self.editor.edits)) < until:
            before = self.editor.disk.now.digest
            for _ in range(min(self._random.randint(1, LONGEST_BURST), until - done)):
                time.sleep(self._random.uniform(0, self._random.choice(GAPS)))
                self.editor.edit()
            if self.editor.disk.now.digest == before:
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

    def _executions_left(self) -> list[str]:
        """Those that still go on, and those that nobody told."""
        found = dict(self._executions())
        told = self.judge.executions
        return [
            *(f"{execution} is still alive" for execution, phase in found.items() if phase not in DONE),
            *(f"{execution} was never told" for execution in found.keys() - set(told)),
            *(f"{execution} is unknown to the backend" for execution in set(told) - found.keys()),
        ]

    def _executions(self) -> Iterator[tuple[str, int]]:
        with grpc.insecure_channel(address(self._world)) as channel:
            query = services.WorkflowExecutionQueryControllerStub(channel)
            page, pages = 1, 1
            while page <= pages:
                request = wire.ListWorkflowExecutionsRequest(page_size=PAGE, page_token=str(page))
                reply = query.list(request, timeout=PATIENCE_SECONDS)
                yield from ((each.metadata.id, each.status.phase) for each in reply.entries)
                page, pages = page + 1, reply.total_pages


def soak(edits: int, seed: int, watcher: str = "auto") -> Result:
    """Raises AssertionError with the whole story."""
    with new_world() as world:
        this = Soak(world, edits, seed, watcher)
        result = this.perform()
        if result.faults:
            raise AssertionError(f"{result}\n" + "\n".join(result.faults) + f"\n{this.story()}")
        return result


def main() -> int:
    edits = int(os.environ.get("SOAK_EDITS", EDITS))
    seed = int(os.environ.get("SOAK_SEED", randrange(1_000_000)))
    watcher = os.environ.get("SOAK_WATCHER", "auto")
    print(f"SOAK_EDITS={edits} SOAK_SEED={seed} SOAK_WATCHER={watcher}", flush=True)
    try:
        print(soak(edits, seed, watcher))
    except AssertionError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
