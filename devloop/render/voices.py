"""The run's own execution and those within it, on one stream: whole lines, each with who says it.

A line that has begun belongs to one of them until it is whole; what others say meanwhile waits, but not for
long. Text grows on the screen as long as only one of them talks; several at a time get whole lines each.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

from devloop.render.execution_lines import Executing, ExecutionLines, Texts
from devloop.render.messages import MessageWriter
from devloop.render.said import Said
from devloop.terminal.marked import MarkedTerminal
from devloop.terminal.stream import Terminal
from runcmd.events import Nested, NestedExecution, PhaseChanged

PATIENCE_SECONDS = 10.0  # with a line that is not whole
OWN = ""  # the run's own execution
INDENT, DEEPEST = 3, 4
LONGEST_MARK = 36


class Voice(NamedTuple):
    """One execution's lines, and where it writes them."""

    lines: ExecutionLines
    terminal: MarkedTerminal


class Voices:
    """Shows what executions say."""

    def __init__(
        self,
        out: Terminal,
        said: Said,
        writer: type[MessageWriter] = MessageWriter,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`writer`: what shows the messages."""
        self.own = ExecutionLines(out, said, writer)
        self._writer = writer
        self._out = out
        self._said = said
        self._patience = patience_seconds
        self._nested: dict[str, Voice] = {}
        self._marks: dict[str, tuple[str, ...]] = {}
        self._talking: set[str] = set()  # whose message has begun and not ended
        self._open: str | None = None  # whose line has begun
        self._waiting: list[tuple[str, Executing, float]] = []
        self._held: dict[str, tuple[int, float]] = {}  # the number of a line that is not whole, since when
        self._timer: asyncio.TimerHandle | None = None
        self.unwritable: OSError | None = None

    def show(self, event: Executing | Nested) -> None:
        """Now, or soon. Raises OSError."""
        if self.unwritable is not None:
            raise self.unwritable
        source, inner = self._source(event)
        (self._talking.add if isinstance(inner, Texts) else self._talking.discard)(source)
        if self._open in (None, source):
            self._show(source, inner)
            self._catch_up()
        else:
            self._waiting.append((source, inner, time.monotonic()))
        self._watch()

    def close_lines(self) -> None:
        """Nothing waits any longer: something else is written now."""
        waiting, self._waiting = self._waiting, []
        last = None
        for source, event, _ in waiting:
            if source != last:
                self._cut(OWN, *self._nested)
            self._show(source, event)
            last = source
        self._cut(OWN, *self._nested)
        self._watch()

    def _source(self, event: Executing | Nested) -> tuple[str, Executing]:
        if not isinstance(event, Nested):
            return OWN, event
        if event.nested.execution not in self._nested:
            self._nested[event.nested.execution] = self._new_voice(event.nested)
        return event.nested.execution, event.event

    def _new_voice(self, nested: NestedExecution) -> Voice:
        indent = INDENT * min(len(nested.path), DEEPEST)
        terminal = MarkedTerminal(self._out, self._mark(nested), indent=indent)
        return Voice(ExecutionLines(terminal, self._said, self._writer, nested=True), terminal)

    def _mark(self, nested: NestedExecution) -> str:
        """`poem › poet`: the task, and who works there. Short if that is clear enough."""
        arrow = " › " if self._out.can_show("›") else " > "
        dots = "…" if self._out.can_show("…") else "..."
        names = (*nested.path, *(() if nested.path[-1:] == (nested.name,) else (nested.name,)))
        mark = arrow.join(names)
        if len(mark) > LONGEST_MARK and len(names) > 2:
            short = arrow.join((dots, *names[-2:]))
            if self._marks.setdefault(short, nested.path) == nested.path:
                return short
        return mark

    def _show(self, source: str, event: Executing) -> None:
        if source == OWN:
            self.own.show(event)
            self._open = None if self._out.at_line_start else OWN
            return
        lines, terminal = self._nested[source]
        alone = self._talking <= {source} and not self._waiting
        terminal.let_grow(self._out.interactive and alone)
        lines.show(event)
        if isinstance(event, PhaseChanged) and event.phase.terminal:
            lines.close_line()
        self._open = source if terminal.has_open_line else None
        self._note_what_waits(source)

    def _note_what_waits(self, source: str) -> None:
        terminal = self._nested[source].terminal
        if not terminal.holds:
            self._held.pop(source, None)
        elif self._held.get(source, (None,))[0] != terminal.whole_lines:
            self._held[source] = terminal.whole_lines, time.monotonic()

    def _catch_up(self) -> None:
        """What waits is shown in its order, as far as no line is in its way."""
        moved = True
        while moved:
            waiting, self._waiting, moved = self._waiting, [], False
            for each in waiting:
                if self._open in (None, each[0]):
                    self._show(each[0], each[1])
                    moved = True
                else:
                    self._waiting.append(each)

    def _cut(self, *sources: str) -> None:
        """Ends their lines as they are; the text goes on in another one."""
        for source in sources:
            if source == OWN:
                self.own.close_line()
            else:
                self._nested[source].lines.close_line()
                self._held.pop(source, None)
            if self._open == source:
                self._open = None

    def _watch(self) -> None:
        """Sees to it that nothing waits for too long."""
        since = [each[2] for each in self._waiting[:1]] + [at for _, at in self._held.values()]
        if not since and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif since and self._timer is None:
            with suppress(RuntimeError):  # no loop runs: a record is shown
                left = min(since) + self._patience - time.monotonic()
                self._timer = asyncio.get_running_loop().call_later(max(0.0, left), self._waited)

    def _waited(self) -> None:
        self._timer = None
        late = time.monotonic() - self._patience
        try:
            self._cut(*[source for source, (_, at) in self._held.items() if at <= late])
            if self._open is not None and self._waiting and self._waiting[0][2] <= late:
                self._cut(self._open)
                self._catch_up()
            self._watch()
            self._out.flush()
        except OSError as error:  # said to who shows the next event
            self.unwritable = error
