"""One warm Python process, and the forks of it that run a project's program; see stigmer._fork.zygote."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from signal import Signals

import anyio
from anyio.abc import Process

from runcmd.project import Project
from runcmd.synthesis.child import signal_group, supervise
from runcmd.synthesis.forks.json_socket import JsonSocket, Message
from runcmd.synthesis.fresh import python_command
from runcmd.synthesis.interfaces import Finished, RunningChild
from runcmd.synthesis.leash import guard, leash
from runcmd.synthesis.live import LiveOutput

FORK_END_SECONDS = 2.0  # until a warm process whose client is gone has ended its fork
PROGRAM = (
    f"{guard(FORK_END_SECONDS)}"
    "from stigmer._program.synthesis import main; import sys; loaded = set(sys.modules); "
    "from stigmer._fork.zygote import serve; fork = serve(loaded); main(fork.searched); fork.end()"
)
START_SECONDS = 30.0  # with all that it preloads
FORK_SECONDS = 10.0
KILLED_SECONDS = 2.0  # until the end of a fork that was killed is reported
LOST = -9  # the status of a fork when the warm process is gone

Module = tuple[str, str]  # its name and its file


class NotForkableError(Exception):
    """Nothing ran, or not to its end: a fork would not be like a fresh child. Without the packages `names` it
    may be."""

    def __init__(self, why: str, names: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.names = frozenset(names)


class StaleError(Exception):
    """Nothing ran, or not to its end: another warm process is needed."""


class ForkLostError(Exception):
    """The program may have run, and nobody can say how it ended."""


class WarmProcess:
    """Forks for one program at a time."""

    def __init__(
        self, process: Process, control: JsonSocket, held: ExitStack, preloaded: Sequence[Module]
    ) -> None:
        self.preloaded = frozenset(preloaded)
        self._held = held
        self._process = process
        self._wire = control

    @classmethod
    async def start(cls, project: Project, preload: Sequence[Module]) -> WarmProcess:
        """Raises NotForkableError."""
        try:
            with ExitStack() as stack:
                process, control = await _started(project, stack.enter_context(leash()))
                held = stack.pop_all()
        except OSError as error:
            raise NotForkableError(f"cannot start it: {error.strerror}") from error
        warm = cls(process, control, held, preload)
        try:
            await warm._preload(preload)
        except BaseException:
            await warm.aclose()
            raise
        return warm

    async def _preload(self, modules: Sequence[Module]) -> None:
        message = None
        with anyio.move_on_after(START_SECONDS):
            await self._wire.send({"preload": modules})
            message = await self._wire.receive()
        if message is None:
            raise NotForkableError("it does not start")
        if "not_forkable" in message:
            raise _not_forkable(message)

    async def run(
        self, project: Project, out: Path, deadline: float, output: LiveOutput | None = None
    ) -> Finished:
        """Raises NotForkableError, StaleError, ForkLostError."""
        forks: list[RunningFork] = []

        async def start(stdout: int, stderr: int) -> RunningChild:
            request = {"out": str(out), "cwd": str(project.main.parent)}
            with anyio.CancelScope(shield=True):
                forks.append(await self.fork(request, (stdout, stderr)))
            return forks[0]

        try:
            finished = await supervise(start, deadline, output)
        finally:
            if forks:
                with anyio.CancelScope(shield=True):
                    await self.release()
        if forks[0].lost and not finished.timed_out:
            raise ForkLostError
        return finished

    async def fork(self, request: Message, descriptors: Sequence[int]) -> RunningFork:
        """With these as its standard output and error. Raises NotForkableError, StaleError, ForkLostError."""
        message = None
        with anyio.move_on_after(FORK_SECONDS):
            await self._wire.send(request, descriptors)
            message = await self._wire.receive()
        if message is None:
            raise ForkLostError  # the program may have begun, and ended it
        if "not_forkable" in message:
            raise _not_forkable(message)
        if "stale" in message:
            raise StaleError(message["stale"])
        return RunningFork(self, message["pid"])

    async def release(self) -> None:
        """The fork has ended and will not be signalled any more: its number may be used again."""
        await self._wire.send({"done": True})

    async def status(self) -> int | None:
        """Of the fork that runs; None when it cannot be known."""
        message = await self._wire.receive()
        return message["status"] if message else None

    def memory_bytes(self) -> int:
        """What it has in memory, with what it shares with its forks; 0 when it is gone."""
        return resident_bytes(self._process.pid)

    def kill(self) -> None:
        if self._process.returncode is None:
            # Popen's own kill() may collect the status before asyncio does.
            signal_group(self._process.pid, Signals.SIGKILL)

    async def aclose(self) -> None:
        self.kill()
        self._wire.close()
        with anyio.CancelScope(shield=True):
            await self._process.wait()
        self._held.close()


async def _started(project: Project, pipe: int) -> tuple[Process, JsonSocket]:
    ours, theirs = socket.socketpair()
    echo, output = os.pipe()
    numbers = (theirs.fileno(), echo, pipe)
    arguments = (str(project.main), str(project.directory), *map(str, numbers))
    try:
        process = await anyio.open_process(
            python_command(project, PROGRAM, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=project.main.parent,
            env=os.environ,  # without it, also what C libraries have set
            start_new_session=True,
            pass_fds=numbers,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(echo)
        os.close(output)
    return process, JsonSocket(ours)


class RunningFork:
    """A program that runs in a fork."""

    def __init__(self, warm: WarmProcess, pid: int) -> None:
        self.returncode: int | None = None
        self.lost = False
        self.pid = pid
        self._warm = warm
        self._patience: float | None = None

    async def wait(self) -> None:
        if self.returncode is not None:
            return
        status = None
        with anyio.move_on_after(self._patience):
            status = await self._warm.status()
        if status is None:
            self.lost = True
            self._warm.kill()
        self.returncode = LOST if status is None else status

    def signal_group(self, number: Signals) -> bool:
        if number is Signals.SIGKILL:
            self._patience = KILLED_SECONDS
        # The number is in use until we say `done`.
        return signal_group(self.pid, number)


def resident_bytes(pid: int | str) -> int:
    """The memory of a process, where the kernel tells; else 0."""
    try:
        with open(f"/proc/{pid}/statm") as statm:  # noqa: PTH123
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _not_forkable(message: Message) -> NotForkableError:
    return NotForkableError(message["not_forkable"], message["names"])
