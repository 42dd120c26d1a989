"""What one execution told, as far as it is kept: the newest, within limits; and what its models used."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Final

from stigmer_api.devloop_pb2 import Note, TokenUsage
from stigmerd.store.notes import NoteCounts, NoteRow, NoteTable

MOST_NOTES: Final = 10_000
MOST_BYTES: Final = 2 << 20
LOST_NOTES: Final = 10_000  # at most, in the moment before they are written
PRINT_BYTES: Final = 16 << 10  # lines that are told together


@dataclass(slots=True)
class Tally:
    """What turns of models used."""

    turns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0  # turns whose price nobody knows

    def add(self, usage: TokenUsage) -> None:
        self.turns += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cached_tokens += usage.cached_tokens
        self.cost_usd += usage.cost_usd
        self.unpriced += not usage.HasField("cost_usd")

    def message(self) -> TokenUsage:
        usage = TokenUsage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached_tokens=self.cached_tokens,
        )
        if self.turns and not self.unpriced:
            usage.cost_usd = self.cost_usd
        return usage


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has got."""

    number: int = 0
    told_bytes: int = 0


class NoteBook:
    """Notes of one execution: some in the store, the newest in memory until they are written."""

    def __init__(self, table: NoteTable, execution_id: str, *, reopened: bool = False) -> None:
        """`reopened`: the execution began in a backend that has ended, maybe before it wrote its notes."""
        self._table = table
        self._execution_id = execution_id
        counts = table.counts(execution_id)
        self.tally = Tally(**json.loads(counts.usage)) if counts else Tally()
        # A reader may have seen notes that were lost with a killed backend: no number means two of them.
        lost = LOST_NOTES if counts or reopened else 0
        self._last = Position(counts.last_number + lost, counts.told_bytes) if counts else Position(lost)
        # Of all that is kept: number, and bytes told up to it.
        self._kept = deque(table.sizes(execution_id) if counts else ())
        self._new: deque[tuple[Note, int]] = deque()  # not in the store yet; with its bytes
        self._read = 0  # number of the newest note that a reader has
        self._dirty = False

    @property
    def dirty(self) -> bool:
        """There is something to write."""
        return self._dirty

    def add(self, note: Note) -> None:
        """`note` has no number yet, and is the book's from now on."""
        self._dirty = True
        if self._new and self._new[-1][0].number > self._read and _joined(self._new[-1][0], note):
            self._recount(self._new[-1][0])
            return
        note.number = self._last.number + 1
        size = note.ByteSize()
        self._last = Position(note.number, self._last.told_bytes + size)
        self._new.append((note, size))
        self._kept.append((note.number, self._last.told_bytes))
        self._drop_oldest()

    def use(self, usage: TokenUsage) -> None:
        self._dirty = True
        self.tally.add(usage)

    def position(self, number: int) -> Position:
        """Where a reader goes on who has a note of this number, maybe of a time that was lost in a crash."""
        if number >= self._last.number:
            return self._last
        return Position(max(number, 0), dict(self._kept).get(number, 0))

    def since(self, position: Position) -> tuple[list[Note], Position]:
        """What was told after a position, as far as it is kept; and how far that is."""
        if position.number >= self._last.number:
            return [], position
        self._read = self._last.number
        first_new = self._new[0][0].number if self._new else self._last.number + 1
        stored: list[NoteRow] = []
        if position.number + 1 < first_new:
            stored = self._table.after(self._execution_id, position.number)
        first = self._first
        notes = [Note.FromString(row.note) for row in stored if first <= row.number < first_new]
        notes += [note for note, _ in self._new if note.number > position.number]
        if first > position.number + 1:
            gone = self._gone(position, notes[0] if notes else None)
            if gone.gone.bytes:  # numbers alone are skipped when the book is opened again
                notes.insert(0, gone)
        return notes, self._last

    def rows(self) -> tuple[list[NoteRow], int, NoteCounts]:
        """What the store lacks, the first number to keep there, and the counts."""
        ends = dict(list(self._kept)[-len(self._new) :]) if self._new else {}
        rows = [NoteRow(note.number, ends[note.number], note.SerializeToString()) for note, _ in self._new]
        usage = json.dumps({name: getattr(self.tally, name) for name in Tally.__slots__})
        return rows, self._first, NoteCounts(self._last.number, self._last.told_bytes, usage)

    def written(self) -> None:
        """The store has what `rows` gave."""
        self._new.clear()
        self._dirty = False

    @property
    def _first(self) -> int:
        return self._kept[0][0] if self._kept else self._last.number + 1

    def _recount(self, note: Note) -> None:
        size = note.ByteSize()
        before = self._new[-1][1]
        self._new[-1] = (note, size)
        self._last = Position(note.number, self._last.told_bytes + size - before)
        self._kept[-1] = (note.number, self._last.told_bytes)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > MOST_NOTES or self._last.told_bytes - self._gone_bytes > MOST_BYTES
        ):
            number, _ = self._kept.popleft()
            if self._new and self._new[0][0].number == number:
                self._new.popleft()

    @property
    def _gone_bytes(self) -> int:
        """At least: up to the end of the oldest that is kept."""
        return self._kept[0][1] if self._kept else self._last.told_bytes

    def _gone(self, position: Position, first: Note | None) -> Note:
        note = Note(at=first.at if first is not None else "")
        note.gone.notes = self._first - 1 - position.number
        start = self._gone_bytes - (first.ByteSize() if first is not None else 0)
        note.gone.bytes = max(0, start - position.told_bytes)
        return note


def _joined(last: Note, note: Note) -> bool:
    """Whether the second one became a part of the first one: lines of one program, one thought."""
    kind = note.WhichOneof("about")
    if kind != last.WhichOneof("about"):
        return False
    if kind == "print":
        old, new = last.print, note.print
        if len(old.text) + len(new.text) > PRINT_BYTES:
            return False
        if (old.source, old.name, old.stream, old.task) != (new.source, new.name, new.stream, new.task):
            return False
        old.text += f"\n{new.text}"
        return True
    if kind == "thinking":
        thought, more = last.thinking, note.thinking
        if (thought.message, thought.call) != (more.message, more.call) or len(thought.more) > PRINT_BYTES:
            return False
        thought.more += more.more
        return True
    return False
