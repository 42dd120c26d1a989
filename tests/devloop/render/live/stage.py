"""A terminal on which a story is played, moment by moment, and what is on its screen then."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from unittest import mock

import pyte

from devloop.loop.events import LoopEvent
from devloop.render.choose import run_renderer
from devloop.render.live.loop_view import LoopView
from devloop.render.live.output import LiveTerminal
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.render.several import SeveralScreen
from devloop.terminal.stream import Terminal
from runcmd.events import Event
from tests.devloop.render.live.picture import Rows

VARIATION = "\ufe0f"  # says that a sign is an emoji; pyte drops the rest of a text after it
CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b")
XTERM: Mapping[str, str] = {"TERM": "xterm-256color", "XTERM_VERSION": "1"}  # as pyte: it reflows nothing


class Stage:
    """Plays one story; `taken` are the screens in between."""

    def __init__(
        self, *, columns: int = 80, rows: int = 24, encoding: str = "utf-8", colour: bool = False
    ) -> None:
        self.now = 100.0
        self.taken: list[tuple[str, list[str]]] = []
        self.pictures: list[tuple[str, Rows]] = []
        self._columns, self._rows = columns, rows
        self._stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
        self.out = Terminal(self._stream, colour=colour, interactive=True, cursor=True)
        self.err = Terminal(self._stream, colour=colour, interactive=True, cursor=True)
        self.out.beside, self.err.beside = self.err, self.out
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=1.0)
        self.screen.set_mode(pyte.modes.LNM)
        self._pyte = pyte.Stream(self.screen)
        self.live: LiveTerminal
        self.sent = ""

    def run(self) -> Renderer:
        """One run."""
        self.live = LiveTerminal(self.out, self.err, clock=lambda: self.now)
        return run_renderer(Output.AUTO, self.out, self.err, named=True, live=self.live)

    def loop(self) -> LoopScreen:
        """A watch loop."""
        self.live = LiveTerminal(self.out, self.err, LoopView(keys=True), clock=lambda: self.now)
        return LoopScreen(
            Output.AUTO,
            self.out,
            self.err,
            named=True,
            clear=False,
            live=self.live,
            clock=lambda: self.now,
        )

    def several(self) -> SeveralScreen:
        """Several runs of one command."""
        self.live = LiveTerminal(self.out, self.err, clock=lambda: self.now)
        return SeveralScreen(Output.AUTO, self.out, self.err, (), live=self.live, clock=lambda: self.now)

    def show(self, renderer: Renderer, *events: Event, each: float = 0.2) -> None:
        """Events, each a moment after the one before."""
        for event in events:
            self.now += each
            with self.size():
                renderer.show(event)

    def happen(self, loop: LoopScreen, *events: LoopEvent | tuple[int, Event, str]) -> None:
        """The same in a watch loop."""
        for event in events:
            self.now += 0.2
            with self.size():
                if isinstance(event, tuple):
                    loop.show(*event)
                else:
                    loop.emit(event)

    def resize(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._feed()
        self.screen.resize(rows, columns)
        self.wait(0.2)

    def wait(self, seconds: float) -> None:
        """Time passes, and the screen is drawn again."""
        self.now += seconds
        with self.size():
            self.live.refresh()

    def take(self, name: str) -> None:
        """What is on the screen at this moment."""
        self.wait(0.2)
        self._feed()
        lines = [CLOCK.sub("14:02:11", line.rstrip()) for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        assert all(len(line) <= self._columns for line in lines)
        self.taken.append((name, lines))
        cells = self.screen.buffer
        self.pictures.append(
            (name, [[cells[row][column] for column in range(self._columns)] for row in range(self._rows)])
        )

    def end(self) -> None:
        """The command is over."""
        with self.size():
            self.live.give_back()
        self._feed()

    def size(self) -> mock._patch_dict:
        sizes = {"COLUMNS": str(self._columns), "LINES": str(self._rows)}
        return mock.patch.dict(os.environ, {**XTERM, **sizes})

    @property
    def text(self) -> str:
        """All screens, one below the other."""
        return "".join(f"=== {name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in self.taken)

    def _feed(self) -> None:
        self._stream.flush()
        buffer = self._stream.buffer
        assert isinstance(buffer, io.BytesIO)
        sent = buffer.getvalue().decode(self._stream.encoding)
        buffer.seek(0)
        buffer.truncate()
        self.sent += sent
        self._pyte.feed(sent.replace(VARIATION, ""))
