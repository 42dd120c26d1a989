"""A process that keeps the warm process of one project, for commands that come and go.

    python -I -c "…; from runcmd.synthesis.forks.keeper import main; main()"
        DIRECTORY NAME LOCK SECONDS DAEMON FILE MAIN PYTHON

DIRECTORY and NAME say where it is found, LOCK is the descriptor of its lock there (see Seat). It ends after
SECONDS without a command, when the process behind the descriptor DAEMON ends, and when the project is gone.
For each command, on a connection of its own:

    command  {"surroundings": text, "out": directory, "cwd": directory, "environ": {name: value or null, …}}
             with two descriptors: standard output and error
    keeper   {"pid": number} of the fork; it leads a session and a group
    keeper   {"status": number, "fresh": bool}   the number stays in use until
    command  {"done": true, "killed": bool}

Or, instead of a number: {"fresh": true}. A fresh child is right then, or at least sooner. When the connection
ends without "done", the fork ends, too. And {"leave": true} makes room for other projects.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from signal import Signals

import anyio
from anyio.abc import TaskGroup

from runcmd.project import Project, ProjectRuntime
from runcmd.synthesis.forks.json_socket import JsonSocket, Message
from runcmd.synthesis.forks.seat import Seat, forget_old, is_own, seats
from runcmd.synthesis.forks.surroundings import surroundings
from runcmd.synthesis.forks.warm import (
    KILLED_SECONDS,
    ForkLostError,
    NotForkableError,
    RunningFork,
    StaleError,
    WarmProcess,
    resident_bytes,
)
from runcmd.synthesis.forks.zygote import Zygote, open_zygote

LOOK_SECONDS = 20.0
SPEAK_SECONDS = 10.0  # until a command has said what it wants, or that it is done
FREE_SECONDS = 0.02  # the command before may just be leaving; if it is getting warm, a fresh child is sooner
MOST_KEEPERS = 4
MOST_BYTES = 512 << 20
FRESH: Message = {"fresh": True}


def main() -> None:
    """The process."""
    directory, name, lock, seconds, daemon, file, program, python = sys.argv[1:9]
    os.set_inheritable(int(lock), False)
    os.set_inheritable(int(daemon), False)
    project = Project(
        file=Path(file),
        name="",
        runtime=ProjectRuntime.PYTHON,
        main=Path(program),
        python=Path(python),
    )
    anyio.run(keep, Seat(Path(directory), name), project, float(seconds), int(daemon))


async def keep(seat: Seat, project: Project, seconds: float, daemon: int) -> None:
    """Until it is not needed any more."""
    text = surroundings(os.environ)
    with seat.listen() as listener:
        async with open_zygote(project) as zygote, anyio.create_task_group() as group:
            keeper = Keeper(seat, project, zygote, text, group)
            group.start_soon(keeper.until_nobody_comes, seconds)
            group.start_soon(keeper.until_the_end_of, daemon)
            group.start_soon(_make_room, seat)
            while True:
                await anyio.wait_readable(listener)
                try:
                    connection, _ = listener.accept()
                except OSError:
                    continue
                group.start_soon(keeper.answer, connection)


class Keeper:
    """Lends the warm process to one command at a time."""

    def __init__(self, seat: Seat, project: Project, zygote: Zygote, text: str, group: TaskGroup) -> None:
        self._seat = seat
        self._project = project
        self._zygote = zygote
        self._surroundings = text
        self._group = group
        self._used = time.monotonic()
        self._running = False
        self._leaving = False

    async def until_nobody_comes(self, seconds: float) -> None:
        """Or until the project or the place where commands look is gone."""
        while True:
            await anyio.sleep(min(seconds, LOOK_SECONDS))
            idle = not self._running and time.monotonic() - self._used >= seconds
            if idle or not self._project.main.is_file() or not self._seat.lock_file.exists():
                self._leave()

    async def until_the_end_of(self, process: int) -> None:
        """Of which this is the descriptor. Nothing of ours may outlive it."""
        await anyio.wait_readable(process)
        self._seat.leave("")
        self._group.cancel_scope.cancel()

    def _leave(self, why: str = "") -> None:
        """As soon as no program runs."""
        self._seat.leave(why)
        self._leaving = True
        self._leave_at_last()

    def _leave_at_last(self) -> None:
        if self._leaving and not self._running:
            self._group.cancel_scope.cancel()

    async def answer(self, connection: socket.socket) -> None:
        """One command."""
        wire = JsonSocket(connection)
        try:
            message = None
            if is_own(connection):
                with anyio.move_on_after(SPEAK_SECONDS):
                    message = await wire.receive()
            if message is not None:
                await self._answer(wire, message)
        finally:
            wire.close()

    async def _answer(self, wire: JsonSocket, message: Message) -> None:
        if "leave" in message:
            self._leave()
        elif message["surroundings"] != self._surroundings:
            await wire.send(FRESH)
            self._leave("it is not started as it says it would be")
        elif self._leaving or not await self._zygote.free(FREE_SECONDS) or self._running:
            await wire.send(FRESH)
        elif wire.is_open():
            self._running = True
            try:
                await self._lend(wire, message)
            finally:
                self._running = False
                self._used = time.monotonic()
                if not self._leaving:
                    self._seat.used()
            self._leave_at_last()

    async def _lend(self, wire: JsonSocket, message: Message) -> None:
        try:
            async with self._zygote.lent(self._project) as warm:
                await self._run(wire, warm, message)
                memory = warm.memory_bytes() + resident_bytes("self")
        except (NotForkableError, StaleError, ForkLostError):
            await wire.send(FRESH)
            if self._zygote.hopeless:
                self._leave("no fork is right for it")
            else:
                self._group.start_soon(self._zygote.warm_up, self._project)
        else:
            if memory > MOST_BYTES:
                self._leave("it takes too much memory")

    async def _run(self, wire: JsonSocket, warm: WarmProcess, message: Message) -> None:
        descriptors = wire.descriptors()
        try:
            request = {name: message[name] for name in ("out", "cwd", "environ")}
            fork = await warm.fork(request, descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        try:
            await wire.send({"pid": fork.pid})
            await _ended(fork, wire)
            if fork.lost:
                raise ForkLostError
            await self._report(wire, warm, fork, Path(message["out"]))
        finally:
            fork.signal_group(Signals.SIGKILL)
            with anyio.CancelScope(shield=True):
                await fork.wait()
                await warm.release()

    async def _report(self, wire: JsonSocket, warm: WarmProcess, fork: RunningFork, out: Path) -> None:
        """Tells how it ended, and waits until nobody needs its number any more."""
        status, wrong = fork.returncode or 0, None
        if status >= 0:
            try:
                self._zygote.ended(warm, self._project, out)
            except NotForkableError as error:
                wrong = error
        await wire.send({"status": status, "fresh": wrong is not None})
        done = None
        with anyio.move_on_after(SPEAK_SECONDS):
            done = await wire.receive()
        if status < 0 and done is not None and not done["killed"]:
            self._zygote.died()
        if wrong is not None:
            raise wrong


async def _ended(fork: RunningFork, wire: JsonSocket) -> None:
    """By itself, or because its command is gone."""

    async def until_gone() -> None:
        if await wire.receive() is None:
            fork.signal_group(Signals.SIGKILL)
            await anyio.sleep(KILLED_SECONDS)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(until_gone)
        await fork.wait()
        group.cancel_scope.cancel()


async def _make_room(seat: Seat) -> None:
    """Those that were used least recently go, beside this one."""
    forget_old(seat.directory)
    others = [each for each in seats(seat.directory) if each.name != seat.name]
    connections = [connection for each in others if (connection := each.connect()) is not None]
    for connection in connections[MOST_KEEPERS - 1 :]:
        await JsonSocket(connection).send({"leave": True})
    for connection in connections:
        connection.close()
