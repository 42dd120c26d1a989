"""Records what a workflow's tasks do, in batches; what was recorded before a crash is not recorded again."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from json.encoder import encode_basestring
from typing import Final

from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Began, Record, TaskBegan, TaskEnded, TaskNoted
from stigmerd.store.errors import StoreError
from stigmerd.store.json import Json
from stigmerd.workflow.weight import PIECE, Weight, flat, weighing, weight_of

VALUE_BYTES: Final = 512 << 10  # of one input or output in a record; the whole is in the workflow's state
TOTAL_BYTES: Final = 4 << 20  # of one execution's; a message on the wire may have 10 MiB
BRIEF_BYTES: Final = 1 << 10  # of each value after that
ERROR_CHARACTERS: Final = 8_000
MARGIN_CHARACTERS: Final = 64  # a token of a secret is shorter

Trouble = StoreError | KeyError | TooMuch


class TaskReporter:
    """Collects records; writes them in one transaction when the loop is free, or when `flush` is called.

    Ten SET tasks are one transaction; a task that waits for the world is written before it waits.
    """

    def __init__(
        self,
        execution_id: str,
        executions: Executions,
        show: Callable[[Json], Json],
        clock: Callable[[], str],
    ) -> None:
        self._execution_id = execution_id
        self._executions = executions
        self._show = show
        self._clock = clock
        self._pending: list[Record] = []
        self._scheduled = False
        self._trouble: Trouble | None = None
        self._bytes = 0
        self.muted = False  # the server stops: what is cancelled now goes on at the next start
        earlier = executions.records(execution_id)
        self._ended = {record.key for record in earlier if isinstance(record, TaskEnded)}
        self.begun = {record.key for record in earlier if isinstance(record, TaskBegan)}
        self.resumed = any(isinstance(record, Began) for record in earlier)

    def start(self) -> None:
        if not self.resumed:
            self._add(Began(at=self._clock()))

    def began(self, key: str, name: str, kind: str, given: Json) -> None:
        self.begun.add(key)
        if key not in self._ended:
            self._add(
                TaskBegan(key=key, name=name, kind=kind, input=self._truncated(given), at=self._clock())
            )

    def noted(self, key: str, **metadata: Json) -> None:
        if key not in self._ended:
            self._add(TaskNoted(key=key, metadata=self._show(metadata)))

    def ended(self, key: str, name: str, kind: str, state: str, output: Json, error: str) -> None:
        if key in self._ended:
            return
        self._ended.add(key)
        self.begun.add(key)
        shortened, shown = self._truncated(output), self.brief(error)
        self._add(
            TaskEnded(
                key=key, name=name, kind=kind, state=state, output=shortened, error=shown, at=self._clock()
            )
        )

    def last(self, *records: Record) -> None:
        """Writes what is pending and these at once. Raises StoreError."""
        self._pending.extend(records)
        self.flush()

    def flush(self) -> None:
        """Raises StoreError, TooMuch, also one that came up earlier; KeyError when it was deleted."""
        if self._trouble is not None:
            raise self._trouble
        if self._pending and not self.muted:
            records, self._pending = self._pending, []
            try:
                self._executions.record(self._execution_id, *records)
            except (StoreError, KeyError, TooMuch) as error:
                self.give_up(error)
                raise

    @property
    def gave_up(self) -> bool:
        return self._trouble is not None

    def give_up(self, error: Trouble) -> None:
        """Records nothing more: what is cancelled from here on runs again, and did not fail."""
        self._trouble = error
        self._pending.clear()

    def truncated(self, value: Json) -> Json:
        """A result: it may have as many parts as there is room for."""
        return self._truncated(value, result=True)

    def brief(self, text: str) -> str:
        """An error, which may quote what a task says."""
        if len(text) <= ERROR_CHARACTERS:
            return str(self._show(text))
        return f"{self._masked_start(text[: ERROR_CHARACTERS + MARGIN_CHARACTERS])[:ERROR_CHARACTERS]}…"

    def _masked_start(self, text: str) -> str:
        """Half a secret, or half a token of one, cannot be masked: its end may not be shown."""
        shown = str(self._show(text))
        return self._executions.secrets.masker(self._execution_id).unfinished(shown)

    def _add(self, record: Record) -> None:
        if self._trouble is not None:
            raise self._trouble
        if self.muted:
            return
        self._pending.append(record)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush_soon)

    def _flush_soon(self) -> None:
        self._scheduled = False
        with suppress(StoreError, KeyError, TooMuch):  # nobody waits here; the next task learns of it
            self.flush()

    def _truncated(self, value: Json, *, result: bool = False) -> Json:
        if value is None or isinstance(value, bool | int | float):
            return value
        allowed = VALUE_BYTES if self._bytes < TOTAL_BYTES else BRIEF_BYTES
        if weight_of(value, allowed).more if result else weight_if_quick(value, allowed) is None:
            self._bytes += allowed
            return self._cut(value, allowed)
        shown = self._show(value)
        text = _plain(shown)
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        self._bytes += min(size, allowed)
        if size <= allowed:
            return shown
        # Masked before it is cut: half a secret cannot be masked.
        whole = self._executions.secrets.masker(self._execution_id).text(text)
        return {"truncated": True, "bytes": size, "start": whole[: allowed // 4]}

    def _cut(self, value: Json, allowed: int) -> Json:
        """Its beginning, without a look at all of it: it may be hundreds of times as large."""
        start = self._masked_start(beginning(value, allowed // 4 + MARGIN_CHARACTERS))[: allowed // 4]
        weight = weight_if_quick(value, sys.maxsize)
        size = {"bytes": weight.bytes} if weight else {}  # who wants to know of a million parts?
        return {"truncated": True, **size, "start": start}


def weight_if_quick(value: Json, most: int) -> Weight | None:
    """What it weighs; None when that is too much, or takes long to find out."""
    if soon := flat(value):
        return soon if soon.bytes <= most else None
    pieces = weighing(value, most)
    try:
        next(pieces)
    except StopIteration as end:
        weight: Weight = end.value
        return None if weight.more or weight.parts > PIECE else weight
    return None


def beginning(value: Json, characters: int) -> str:
    """Of its JSON; the rest is not looked at."""
    written: list[str] = []
    left = characters
    for piece in _pieces(value, characters):
        written.append(piece)
        left -= len(piece)
        if left <= 0:
            break
    return "".join(written)[:characters]


def _pieces(value: Json, longest: int) -> Iterator[str]:
    if isinstance(value, dict):
        for number, (name, each) in enumerate(value.items()):
            yield f"{',' if number else '{'}{encode_basestring(name[:longest])}:"
            yield from _pieces(each, longest)
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield "," if number else "["
            yield from _pieces(each, longest)
        yield "]" if value else "[]"
    elif isinstance(value, str):
        yield encode_basestring(value[:longest])
    else:
        yield repr(value) if type(value) in (int, float) else _plain(value)


def _plain(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
