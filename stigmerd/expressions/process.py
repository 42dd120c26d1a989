"""One child process that runs jq, and the pipe to it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stigmerd.children.guard import end_group_with

WORKER: Final = Path(__file__).with_name("worker.py")
START_SECONDS: Final = 20
CLEANUP_SECONDS: Final = 5
DYING_SECONDS: Final = 0.04  # between the end of its pipe and its own
HEAD_BYTES: Final = 4  # of a frame: its length
PIECE_BYTES: Final = 1 << 16
ANSWERS: Final = (b"=", b"!")
# Our limits end it otherwise: processor time by SIGPROF, memory and recursion by SIGABRT, SIGSEGV or SIGBUS.
OUTSIDE: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionLimits:
    """What one evaluation may take. Time is processor time, so a busy machine fails no workflow."""

    cpu_seconds: float = 2
    wall_seconds: float = 20  # a last resort, for a child that is stopped or starved
    memory_bytes: int = 512 << 20
    output_bytes: int = 1 << 20
    input_bytes: int = 32 << 20
    processes: int = 2


class ChildDied(Exception):  # noqa: N818
    """The child is gone; the text says why. `outside`: it is not the program's doing."""

    def __init__(self, reason: str, *, outside: bool = False) -> None:
        super().__init__(reason)
        self.outside = outside


class Child:
    """Evaluates one program after the other; killed when one exceeds its limits."""

    def __init__(self, limits: ExpressionLimits) -> None:
        """Raises ChildDied."""
        self._limits = limits
        site = _site_of_jq()
        try:
            self._pipe, theirs = socket.socketpair()
            held, self._leash = os.pipe()
        except OSError as error:
            raise ChildDied(f"cannot create a jq process: {error.strerror}", outside=True) from None
        self._pipe.setblocking(False)
        try:
            self._process = _spawn(theirs, held, site, limits)
        except OSError as error:
            self._pipe.close()
            os.close(self._leash)
            raise ChildDied(f"the jq process cannot be started: {error.strerror}", outside=True) from None
        finally:
            theirs.close()
            os.close(held)
        self.pid = self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def ready(self) -> None:
        """Waits until it can work; raises ChildDied."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._exactly(1)
        except TimeoutError:
            raise ChildDied(f"the jq process did not start within {START_SECONDS} s") from None

    async def ask(self, program: bytes, text: bytes) -> tuple[bool, bytes]:
        """Whether it went well, and the result or the error, in JSON. Raises ChildDied."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # reading tells why
                    await loop.sock_sendall(self._pipe, _framed(program) + _framed(text))
                reply = await self._reply()
        except TimeoutError:
            raise ChildDied(f"it takes longer than {self._limits.wall_seconds:g} s") from None
        return reply[:1] == ANSWERS[0], reply[1:]

    def close(self) -> None:
        """Kills it; it holds nothing worth saving."""
        self._pipe.close()
        self._process.kill()
        self._process.wait(CLEANUP_SECONDS)
        os.close(self._leash)

    async def _reply(self) -> bytes:
        """One frame. There is never more than one on its way, so a short one is read in one go."""
        start = await self._piece(PIECE_BYTES)
        while len(start) < HEAD_BYTES:
            start += await self._piece(PIECE_BYTES)
        rest = await self._exactly(int.from_bytes(start[:HEAD_BYTES], "big") + HEAD_BYTES - len(start))
        return start[HEAD_BYTES:] + rest

    async def _exactly(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size:
            pieces.append(await self._piece(min(size, 1 << 20)))
            size -= len(pieces[-1])
        return b"".join(pieces)

    async def _piece(self, most: int) -> bytes:
        try:
            piece = await asyncio.get_running_loop().sock_recv(self._pipe, most)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise self._died()
        return piece

    def _died(self) -> ChildDied:
        try:
            status = self._process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait(CLEANUP_SECONDS)
        if status == -signal.SIGPROF:
            return ChildDied(f"it takes longer than {self._limits.cpu_seconds:g} s")
        if status in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            allowed = self._limits.memory_bytes >> 20
            return ChildDied(f"it needs more than {allowed} MiB of memory, or never stops recursing")
        if -status in OUTSIDE:
            name = signal.Signals(-status).name
            reason = (
                f"the jq process was killed from outside ({name}): by somebody, or because memory ran out"
            )
            return ChildDied(reason, outside=True)
        return ChildDied(f"the jq process ended with status {status}")


def _site_of_jq() -> Path:
    """The directory that the package is in. Raises ChildDied."""
    spec = importlib.util.find_spec("jq")
    if spec is None or spec.origin is None:
        raise ChildDied("the package `jq` is not installed")
    return Path(spec.origin).parent


def _spawn(pipe: socket.socket, held: int, site: Path, limits: ExpressionLimits) -> subprocess.Popen[bytes]:
    """Raises OSError."""
    # -I -S: nothing of the user's environment or directory counts, and it starts in 25 ms.
    options = ("-I", "-S", "-B", "-X", "utf8")
    bounds = (limits.memory_bytes, limits.cpu_seconds, limits.output_bytes)
    process = subprocess.Popen(
        [sys.executable, *options, str(WORKER), str(site), *map(str, bounds)],
        stdin=pipe.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
        start_new_session=True,  # Ctrl-C in a terminal is not for it
        pass_fds=(held,),
    )
    end_group_with(held, process.pid)  # it ends when its pipe ends, unless it was stopped
    return process


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(HEAD_BYTES, "big") + data
