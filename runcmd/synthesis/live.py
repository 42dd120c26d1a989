"""What a project's program writes, as events while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from runcmd.events import Emit, ProgramWrote, SynthesisLasted

SLOW_SECONDS = 0.5  # until it is worth a word that the program still runs
# Of our own code, before the program begins: the error that follows says it better.
NOT_BEGUN = b'Traceback (most recent call last):\n  File "<string>"'


class RepeatedText:
    """Leaves out what one attempt after another writes again.

    A program may run twice for one answer: where a fork of a warm process turns out to differ from a fresh
    child, or where a file was written while it was read.
    """

    def __init__(self) -> None:
        self._shown: dict[str, bytes] = {}  # by stream
        self._written: dict[str, bytearray] = {}  # by this attempt
        self._at: dict[str, int] = {}  # so much of what was shown came again; -1: it writes something else

    def again(self) -> None:
        """It runs from its beginning."""
        for stream, text in self._written.items():
            if not self._shown.get(stream, b"").startswith(text):
                self._shown[stream] = bytes(text)
        self._written, self._at = {}, {}

    def new(self, stream: str, text: bytes) -> bytes:
        """What of this text, which comes next on the stream, is not on the screen yet. Whole lines."""
        self._written.setdefault(stream, bytearray()).extend(text)
        shown, at = self._shown.get(stream, b""), self._at.get(stream, 0)
        if not 0 <= at < len(shown):
            return text
        position = 0
        for line in text.splitlines(keepends=True):
            if not shown.startswith(line, at):
                at = at if at == len(shown) else -1
                break
            at, position = at + len(line), position + len(line)
        self._at[stream] = at
        return text[position:]


class LiveOutput:
    """Emits each line once it is whole."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._repeated = RepeatedText()
        self._held = b""  # the beginning of standard error, while it may be a traceback of ours
        self._errors_begun = False

    def again(self) -> None:
        """The program begins, perhaps once more."""
        self._repeated.again()
        self._held, self._errors_begun = b"", False

    async def wrote(self, stream: str, text: bytes) -> None:
        """Whole lines, or the end of what it writes."""
        if stream == "stderr" and not self._errors_begun:
            self._held += text
            if self._held.startswith(NOT_BEGUN) or NOT_BEGUN.startswith(self._held):
                return
            text = self._release()
        await self._write(stream, text)

    async def ended(self, *, well: bool) -> bool:
        """False: the program failed before it began; why is in what it wrote, and was not emitted."""
        if self._held and (well or not self._held.startswith(NOT_BEGUN)):
            await self._write("stderr", self._release())
        return not self._held

    def _release(self) -> bytes:
        self._errors_begun = True
        held, self._held = self._held, b""
        return held

    async def _write(self, stream: str, text: bytes) -> None:
        if fresh := self._repeated.new(stream, text):
            await self._emit(ProgramWrote(stream=stream, text=fresh.decode("utf-8", "replace")))


@asynccontextmanager
async def mentioned_if_slow(main: Path, emit: Emit) -> AsyncIterator[None]:
    """Says after a while that the program still runs."""

    async def mention() -> None:
        await anyio.sleep(SLOW_SECONDS)
        await emit(SynthesisLasted(main=main, seconds=SLOW_SECONDS))

    failed: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(mention)
        try:
            yield
        except Exception as error:
            failed = error  # the group would wrap it
        group.cancel_scope.cancel()
    if failed is not None:
        raise failed
