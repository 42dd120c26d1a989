"""`stigmer replay`: draws a recorded run again."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import anyio
from anyio import to_thread

from devloop.cli.here import placed
from devloop.cli.show import gave_up
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.render.replay.lines import TranscriptLine, TranscriptReader
from devloop.render.replay.screen import ReplayScreen
from devloop.terminal.signals import cancelling
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.errors import EXIT_OK, RunError, UsageError
from runcmd.events import CancelReason
from runcmd.stream import EXIT_CODES

STDIN = "-"
MOST_SECONDS = 2.0  # between two events: nobody waits for an hour of nothing again


def replay(path: str, speed: float | None, output: Output) -> int:
    """The exit status: 0 if it could be drawn, however the run ended."""
    out, err = standard_terminals()
    try:
        if speed is not None and not 0 <= speed < float("inf"):
            raise UsageError(
                f"--speed {speed:g} is no speed", code="E0194", hint="2 is twice as fast, 0 at once"
            )
        with _opened(path) as stream:
            return anyio.run(_Replay(path, stream, speed, output, out, err).run)
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        err.flush()
        return error.exit_code
    except OSError as error:
        return gave_up(error)


class _Replay:
    def __init__(
        self, name: str, stream: BinaryIO, speed: float | None, output: Output, out: Terminal, err: Terminal
    ) -> None:
        self._stream = stream
        self._reader = TranscriptReader("standard input" if name == STDIN else name)
        self._out, self._err = out, err
        paced = output.may_draw and out.cursor and name != STDIN  # a pipe has a pace of its own
        self._speed = speed if speed is not None else float(paced)
        self._screen = ReplayScreen(output, out, err)
        self._reason: CancelReason | None = None

    async def run(self) -> int:
        """The exit status. Raises RunError and OSError."""
        scope = anyio.CancelScope()

        def stop(reason: CancelReason) -> None:
            self._reason = reason
            scope.cancel()

        with cancelling(stop, leaving=self._screen.release):
            try:
                with scope:
                    await self._draw()
            finally:
                self._screen.give_back()
        if self._reason is not None:
            return EXIT_CODES[self._reason]
        self._screen.close()
        if self._reader.left_out:
            left = self._reader.left_out
            self._err.line(f"{left} line{'s' * (left > 1)} of a newer version left out")
        self._out.flush()
        self._err.flush()
        return EXIT_OK

    async def _draw(self) -> None:
        before: datetime | None = None
        async for line in self._lines():
            if self._speed and before is not None and line.at is not None:
                await anyio.sleep(min((line.at - before).total_seconds(), MOST_SECONDS) / self._speed)
            before = line.at or before
            self._screen.show(line)

    async def _lines(self) -> AsyncIterator[TranscriptLine]:
        ordinary = self._stream.seekable()
        while True:
            if ordinary:
                text = self._stream.readline()
                await anyio.lowlevel.checkpoint()
            else:
                text = await to_thread.run_sync(self._stream.readline, abandon_on_cancel=True)
            if not text:
                return
            if (line := self._reader.read(text)) is not None:
                yield line


def _opened(path: str) -> BinaryIO:
    try:
        if path == STDIN:
            return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
        return placed(Path(path).expanduser()).open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot read {path}: {reason}", code="E0195", hint="give a transcript") from error
