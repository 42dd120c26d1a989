"""Draws what is under way below all that is written, at most ten times a second."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any

from rich.cells import cell_len

from devloop.loop.events import LoopEvent, RunStarted
from devloop.render.live.layout import Canvas, Live, Spans, lines
from devloop.render.live.loop_view import LoopView
from devloop.render.live.view import RunView
from devloop.terminal.region import Line, Region
from devloop.terminal.stream import Terminal, styled
from runcmd.events import Event, ExecutionCreated, RunFinished

# Together at most ten frames in any second.
FRAME_SECONDS = 0.2
EARLY = 5  # frames a second that may come sooner, for new lines
SLOW_SECONDS = 1.0  # between two frames of what is under way for long
LONG_SECONDS = 11.0
SIGNS = "─│…·"


class LiveScreen:
    """One for a command: all its runs, and its watch loop."""

    def __init__(
        self,
        out: Terminal,
        err: Terminal,
        environ: Mapping[str, str],
        *,
        loop: LoopView | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out, self._err = out, err
        self._clock = clock
        self._region = Region(out.own, environ, self._text_waits)
        self._live = Live({}, loop)
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when the timer ends
        self._drawn = 0.0
        self._early: deque[float] = deque(maxlen=EARLY)
        self._on = False
        self._before: Any = None  # what follows the size of the terminal otherwise
        self._signs = out.can_show(SIGNS)
        self._icons = out.can_show("⚙🔧")

    def see(self, mark: str, event: Event) -> None:
        """An event of a run; its lines are written already. Raises OSError."""
        now = self._clock()
        if isinstance(event, ExecutionCreated):
            self._live.runs[mark] = RunView(now)
        if run := self._live.runs.get(mark):
            run.see(event, now)
        if isinstance(event, RunFinished):
            self._live.runs.pop(mark, None)
            if self._live.loop is not None:
                self._live.loop.finished(mark, event)
        self.refresh()

    def hear(self, event: LoopEvent) -> None:
        """An event of the watch loop. Raises OSError."""
        if self._live.loop is not None:
            self._live.loop.hear(event)
        if isinstance(event, RunStarted):
            self._region.mark()
        self.refresh()

    @property
    def on(self) -> bool:
        """Something is drawn."""
        return self._on

    def attach(self) -> None:
        """From now on, what is written to the terminal goes above the lines."""
        if not self._on and self._out.moves_cursor:
            self._on = True
            self._out.end_status()
            self._out.flush()
            self._give(self._region)
            self._follow_size()

    def resume(self) -> None:
        """We were stopped, perhaps without a word, and go on. Raises OSError."""
        if self._on and self._out.moves_cursor:
            self._region.forget()
            self._draw()
        elif self._on:
            self._leave()
        else:
            self.attach()

    def _leave(self) -> None:
        """The terminal is somebody else's now: what is drawn stays there."""
        self._region.forget()
        self.detach()

    def detach(self) -> None:
        """The lines disappear, and the terminal is written to as ever. Raises OSError."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._on:
            self._on = False
            if self._before is not None:
                signal.signal(signal.SIGWINCH, self._before)
            try:
                self._region.erase()
            finally:
                self._give(None)

    def release(self) -> None:
        """The process ends at once, or a signal's handler gives the terminal back."""
        if self._on:
            self._on = False
            self._give(None)
            self._region.abandon()

    def _give(self, region: Region | None) -> None:
        self._out.put_through(region)
        if self._err is self._out.beside:
            self._err.put_through(region)

    def _follow_size(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a record is shown
            return

        def on_resize(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.refresh)

        self._before = signal.signal(signal.SIGWINCH, on_resize)

    def refresh(self) -> None:
        """Draws soon, or now if that was long ago or there are new lines. Raises OSError."""
        if not self._on:
            return
        now = self._clock()
        if now - self._drawn >= FRAME_SECONDS or (self._region.waits and self._is_early_allowed(now)):
            self._draw()
        else:
            self._wait(self._drawn + FRAME_SECONDS - now)

    def _text_waits(self) -> None:
        """Draws when all that is written now is written."""
        if self._on:
            self._wait(0.0)

    def _is_early_allowed(self, now: float) -> bool:
        """New lines need not wait for the next frame, unless there are many of them."""
        if len(self._early) == self._early.maxlen and now - self._early[0] < 1.0:
            return False
        self._early.append(now)
        return True

    def _wait(self, seconds: float) -> None:
        due = self._clock() + seconds
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._timer, self._due = None, due
        with suppress(RuntimeError):  # no event loop: whoever shows an event draws
            self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        with suppress(OSError):  # said to who shows the next event
            self.refresh()

    def _draw(self) -> None:
        if not self._out.moves_cursor:
            self._leave()
            return
        now = self._drawn = self._clock()
        size = shutil.get_terminal_size()
        look = Canvas(size.columns, size.lines, icons=self._icons, guides=self._signs)
        found = lines(self._live, look, now)
        if self._region.rows_above + len(found) >= size.lines:
            found = lines(self._live, look, now, pinned=True)
        self._region.draw([self._line(each) for each in found], size.columns)
        if self._live.runs:
            newest = min(now - run.began for run in self._live.runs.values())
            self._wait(SLOW_SECONDS if newest > LONG_SECONDS else FRAME_SECONDS)

    def _line(self, spans: Spans) -> Line:
        text = "".join(styled(each.text, each.style if self._out.colour else None) for each in spans)
        return Line(text, sum(cell_len(each.text) for each in spans))
