"""Run a project's program in the warm process that a keeper has for it, else in a fresh child."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL, Signals, pidfd_send_signal
from zlib import crc32

import anyio

from runcmd.interpreter import project_python
from runcmd.project import Project
from runcmd.synthesis.child import signal_group, supervise
from runcmd.synthesis.forks.json_socket import JsonSocket, Message
from runcmd.synthesis.forks.seat import Seat
from runcmd.synthesis.forks.surroundings import of_the_moment, surroundings
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished, RunningChild
from runcmd.synthesis.live import LiveOutput
from runcmd.synthesis.scratch import empty

PROGRAM = "from runcmd.synthesis.forks.keeper import main; main()"
ANSWER_SECONDS = 2.0  # then a fresh child is sooner
KILLED_SECONDS = 2.0  # until the end of a program that was killed is reported
LOST = -9  # the status of a program when its keeper is gone


class NoKeeperError(Exception):
    """Nothing ran, or nothing that counts: a fresh child must do it."""


class Kept:
    """A Synthesizer for one project. Its keeper may be there or not."""

    def __init__(self, directory: Path, project: Project) -> None:
        self._text = surroundings(os.environ)
        python = project_python(project)
        self._of = [str(project.file), str(project.main), str(python)]
        identity = repr((self._of, os.path.realpath(project.directory), self._text))
        self._seat = Seat(directory, f"{crc32(identity.encode(errors='surrogateescape')):08x}")
        self._found = False

    async def __call__(
        self, project: Project, out: Path, deadline: float, output: LiveOutput | None = None
    ) -> Finished:
        try:
            return await self._in_fork(project, out, deadline, output)
        except NoKeeperError:
            empty(out)
        return await fresh_child(project, out, deadline, output)

    def keep(self, daemon: int, seconds: float) -> None:
        """For the commands to come: starts a keeper if there is none and the project is in use.

        It ends with the process `daemon`, and when it was not used for so long. It is not waited for.
        """
        if self._found or (lock := self._seat.claim()) is None:
            return
        handles = [lock]
        try:
            handles.append(os.pidfd_open(daemon))
            _started.append(self._start(lock, handles[-1], seconds))
        except OSError:
            pass  # it has just ended, or the system gives no further process
        finally:
            for handle in handles:
                os.close(handle)

    def _start(self, lock: int, daemon: int, seconds: float) -> subprocess.Popen[bytes]:
        place = [str(self._seat.directory), self._seat.name]
        program = f"import sys; sys.path[:] = {sys.path!r}; {PROGRAM}"
        python = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", program]
        return subprocess.Popen(
            [*python, *place, str(lock), str(seconds), str(daemon), *self._of],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=os.environ,  # without it, also what C libraries have set
            start_new_session=True,
            pass_fds=(lock, daemon),
        )

    async def _in_fork(
        self, project: Project, out: Path, deadline: float, output: LiveOutput | None
    ) -> Finished:
        connection = self._seat.connect()
        if connection is None:
            raise NoKeeperError
        self._found = True
        wire = JsonSocket(connection)
        programs: list[_KeptProgram] = []

        async def start(stdout: int, stderr: int) -> RunningChild:
            programs.append(await self._begun(wire, project, out, (stdout, stderr)))
            return programs[0]

        try:
            finished = await supervise(start, deadline, output)
            program = programs[0]
            with anyio.CancelScope(shield=True):
                await wire.send({"done": True, "killed": finished.timed_out})
        finally:
            wire.close()
            for program in programs:
                program.close()
        if not finished.timed_out and (program.wrong or finished.status < 0):
            raise NoKeeperError
        return finished

    async def _begun(
        self, wire: JsonSocket, project: Project, out: Path, descriptors: tuple[int, int]
    ) -> _KeptProgram:
        message: Message | None = None
        request = {
            "surroundings": self._text,
            "out": str(out),
            "cwd": str(project.main.parent),
            "environ": of_the_moment(os.environ),
        }
        with anyio.move_on_after(ANSWER_SECONDS):
            await wire.send(request, descriptors)
            message = await wire.receive()
        if message is None or "pid" not in message:
            raise NoKeeperError
        try:
            return _KeptProgram(wire, message["pid"])
        except OSError as error:  # its keeper is gone, or no descriptor is to be had
            raise NoKeeperError from error


class _KeptProgram:
    """A program that runs in a fork of a keeper's warm process."""

    def __init__(self, wire: JsonSocket, pid: int) -> None:
        self.returncode: int | None = None
        self.wrong = False  # a fresh child would have had another result
        self._wire = wire
        self._pid = pid
        # Its number is in use until we are done, or the keeper is gone.
        self._handle = os.pidfd_open(pid)
        self._gone = False
        self._patience: float | None = None

    async def wait(self) -> None:
        if self.returncode is not None:
            return
        message = None
        with anyio.move_on_after(self._patience):
            message = await self._wire.receive()
        if message is None or "status" not in message:
            await self._end()
            self.wrong, self.returncode = True, LOST
        else:
            self.wrong, self.returncode = message["fresh"], message["status"]

    async def _end(self) -> None:
        """Its keeper is gone, and it may not know yet. It must not write beside the child after it."""
        self._gone = True
        try:
            pidfd_send_signal(self._handle, SIGKILL)
        except ProcessLookupError:
            return
        with anyio.move_on_after(KILLED_SECONDS):
            await anyio.wait_readable(self._handle)

    def signal_group(self, number: Signals) -> bool:
        if number is Signals.SIGKILL:
            self._patience = KILLED_SECONDS
        return not self._gone and signal_group(self._pid, number)

    def close(self) -> None:
        os.close(self._handle)


_started: list[subprocess.Popen[bytes]] = []  # they go on after us, and nobody asks how they end
