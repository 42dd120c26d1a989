"""Starts watch loops again and again on a busy machine, and counts those that die instead of getting to work.

    make starts            STARTS=2000 STARTS_AT_ONCE=2 STARTS_BUSY=4 STARTS_SEED=…

Every other loop is killed while it runs something, which the next one has to clean up; every fourth is on a
terminal. This process has gRPC at work meanwhile, as whoever tests a backend has.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

# Before gRPC is imported: what is forked from us for a terminal would die of its threads (design/daemon.md).
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc
import pexpect

from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW
from tests.support.poll import PATIENCE_SECONDS
from tests.support.snapshots import address
from tests.support.world import World, new_world

BUSY = "while True: pass"


@dataclass(kw_only=True)
class Tally:
    """What became of them."""

    starts: int = 0
    cleaned: int = 0  # began with an execution of a killed loop
    deaths: list[str] = field(default_factory=list)


class Starter:
    """One after the other, in a world of their own."""

    def __init__(self, world: World, chance: random.Random, tally: Tally) -> None:
        self._world, self._chance, self._tally = world, chance, tally
        self._quick = world.project(ONE_WORKFLOW, name="quick")
        self._slow = world.project(SLOW_WORKFLOW, name="slow")

    def start(self, number: int) -> None:
        try:
            if number % 4 == 3:
                self._on_a_terminal()
            elif number % 2:
                self._to_its_end()
            else:
                self._killed()
        except AssertionError as death:
            self._tally.deaths.append(f"start {number}: {death}")
            print(self._tally.deaths[-1], flush=True)
        self._tally.starts += 1

    def _killed(self) -> None:
        """At a random moment of its execution."""
        running = self._world.start("run", "slow", "--watch", "-o", "json", cwd=self._slow)
        running.event("task_started")
        time.sleep(self._chance.uniform(0, 0.05))  # sleeps: a kill comes at a random moment
        running.signal(signal.SIGKILL)
        code = running.end().code
        assert code == -signal.SIGKILL, f"ended by itself with {code}"

    def _to_its_end(self) -> None:
        running = self._world.start("run", "greet", "--watch", "--runs", "1", "-o", "json", cwd=self._quick)
        done = running.end()
        assert done.code == 0, f"status {done.code}: {done.out[-500:]} {done.err}"
        self._tally.cleaned += bool(done.named("leftover_cancelled"))

    def _on_a_terminal(self) -> None:
        terminal = self._world.terminal("run", "greet", "--watch", "--runs", "1", cwd=self._quick)
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 0, f"{terminal.exitstatus} {terminal.signalstatus}: {terminal.before}"


@contextmanager
def busy(processes: int) -> Iterator[None]:
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@contextmanager
def grpc_at_work(world: World) -> Iterator[None]:
    over = threading.Event()

    def call() -> None:
        with grpc.insecure_channel(address(world)) as channel:
            method = channel.unary_unary("/grpc.health.v1.Health/Check")
            while not over.wait(0.01):
                try:
                    method(b"", timeout=PATIENCE_SECONDS)
                except grpc.RpcError:
                    continue

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def perform(starts: int, *, at_once: int, busy_processes: int, seed: int) -> Tally:
    tally = Tally()

    def work(index: int) -> None:
        with new_world() as world:
            world.run("server", "start")
            starter = Starter(world, random.Random(seed + index), tally)
            with grpc_at_work(world):
                for number in range(index, starts, at_once):
                    starter.start(number // at_once)

    with busy(busy_processes), ThreadPoolExecutor(at_once) as pool:
        list(pool.map(work, range(at_once)))
    return tally


def main() -> None:
    def asked(name: str, usual: int) -> int:
        return int(os.environ.get(name, usual))

    seed = asked("STARTS_SEED", random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    tally = perform(
        asked("STARTS", 2000),
        at_once=asked("STARTS_AT_ONCE", 2),
        busy_processes=asked("STARTS_BUSY", 4),
        seed=seed,
    )
    print(
        f"{tally.starts} starts, {len(tally.deaths)} deaths, {tally.cleaned} cleaned up after a killed loop, "
        f"{time.monotonic() - began:.0f} s"
    )
    sys.exit(bool(tally.deaths))


if __name__ == "__main__":
    main()
