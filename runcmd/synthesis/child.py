"""Run somebody's program to its end, and leave nothing of it behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.abc import Process

from runcmd.synthesis.interfaces import Finished, RunningChild, Start
from runcmd.synthesis.live import LiveOutput

KEPT_BYTES = 1 << 20  # of the head and of the tail of each stream
READ_BYTES = 1 << 16
TERM_SECONDS = 1.0  # between SIGTERM and SIGKILL
DRAIN_SECONDS = 0.5  # for what a process that left the group still holds open


async def run_program(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline: float | None,
    pass_fds: Sequence[int] = (),
    output: LiveOutput | None = None,
) -> Finished:
    """Raises OSError when it cannot be started. Its process group is gone on return, also by a cancel.

    `output` gets what it writes at once.
    """

    async def start(out: int, err: int) -> RunningChild:
        return _Child(
            await anyio.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env=env,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        )

    return await supervise(start, deadline, output)


async def supervise(start: Start, deadline: float | None, output: LiveOutput | None = None) -> Finished:
    """From a program's start to its end. Its process group is gone on return, also by a cancel."""
    if output is not None:
        output.again()
    out, err = _Capture(stream="stdout", output=output), _Capture(stream="stderr", output=output)
    try:
        try:
            program = await start(out.write_end, err.write_end)
        finally:
            out.close_write_end()
            err.close_write_end()
        async with anyio.create_task_group() as readers:
            readers.start_soon(out.drain)
            readers.start_soon(err.drain)
            try:
                with anyio.move_on_after(deadline) as limit:
                    await program.wait()
            finally:
                with anyio.CancelScope(shield=True):
                    await _end_group(program)
            readers.cancel_scope.deadline = anyio.current_time() + DRAIN_SECONDS
        await out.emit_rest()
        await err.emit_rest()
    finally:
        out.close()
        err.close()
    return Finished(
        status=program.returncode or 0,
        stdout=out.text(),
        stderr=err.text(),
        timed_out=limit.cancelled_caught,
    )


async def _end_group(program: RunningChild) -> None:
    if program.returncode is None and program.signal_group(signal.SIGTERM):
        with anyio.move_on_after(TERM_SECONDS):
            await program.wait()
    # The leader may be gone and its children not.
    program.signal_group(signal.SIGKILL)
    await program.wait()


def signal_group(group: int, number: signal.Signals) -> bool:
    """False: there is nobody in the group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says this about a group of which only zombies are left.
        return False
    return True


class _Child:
    """Our own child process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    def signal_group(self, number: signal.Signals) -> bool:
        return signal_group(self._process.pid, number)


@dataclass(kw_only=True)
class _Capture:
    """One stream of the program: drained to the end, its head and its tail kept.

    A pipe of our own: with subprocess pipes, `wait()` would wait for whoever inherited them.
    """

    stream: str
    output: LiveOutput | None
    emitted: int = 0  # bytes of the head
    read_end: int = -1
    write_end: int = -1
    head: bytearray = field(default_factory=bytearray)
    tail: deque[bytes] = field(default_factory=deque)
    tail_size: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)

    async def drain(self) -> None:
        while True:
            try:
                chunk = os.read(self.read_end, READ_BYTES)
            except BlockingIOError:
                await anyio.wait_readable(self.read_end)
                continue
            if not chunk:
                return
            self._keep(chunk)
            if self.output is not None:
                await self._emit(self.output, self.head.rfind(b"\n") + 1)
            await anyio.lowlevel.checkpoint()

    def _keep(self, chunk: bytes) -> None:
        room = KEPT_BYTES - len(self.head)
        self.head += chunk[:room]
        rest = chunk[room:]
        if not rest:
            return
        self.tail.append(rest)
        self.tail_size += len(rest)
        while self.tail_size - len(self.tail[0]) >= KEPT_BYTES:
            first = self.tail.popleft()
            self.tail_size -= len(first)
            self.dropped += len(first)

    async def _emit(self, output: LiveOutput, until: int) -> None:
        if until > self.emitted:
            await output.wrote(self.stream, bytes(self.head[self.emitted : until]))
            self.emitted = until

    async def emit_rest(self) -> None:
        """The program has ended: a last line without an end, and the tail of very much."""
        if self.output is not None and (rest := self._whole()[self.emitted :]):
            await self.output.wrote(self.stream, rest)

    def text(self) -> str:
        return self._whole().decode("utf-8", "replace")

    def _whole(self) -> bytes:
        gap = f"\n… {self.dropped} bytes left out …\n".encode() if self.dropped else b""
        return bytes(self.head) + gap + b"".join(self.tail)

    def close_write_end(self) -> None:
        self._close("write_end")

    def close(self) -> None:
        self._close("write_end")
        self._close("read_end")

    def _close(self, name: str) -> None:
        descriptor = getattr(self, name)
        setattr(self, name, -1)
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)
