"""A transcript on the screen: of one run, of several side by side, or of a watch loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from devloop.loop.events import EditBroken, LoopEvent, WatchEnding, WatchReady
from devloop.render import clock
from devloop.render.choose import live_output, run_renderer
from devloop.render.live.loop_view import LoopView
from devloop.render.live.output import LiveTerminal
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.replay.lines import TranscriptLine
from devloop.render.several import SeveralScreen
from devloop.terminal.stream import Terminal
from runcmd.events import ExecutionCreated, RunFinished, TargetResolved

GIVEN = "given"
KNOWN = ExecutionCreated | RunFinished | EditBroken | WatchReady | WatchEnding


class Replayed(Protocol):
    """Shows lines as the command did that wrote them."""

    live: LiveTerminal | None

    def show(self, line: TranscriptLine) -> None: ...

    def close(self) -> None: ...


class ReplayScreen:
    """The first events say what kind of a command it was: they wait until that is known."""

    def __init__(self, output: Output, out: Terminal, err: Terminal) -> None:
        self._output, self._out, self._err = output, out, err
        self._waiting: list[TranscriptLine] = []
        self._screen: Replayed | None = None

    def show(self, line: TranscriptLine) -> None:
        """Raises OSError."""
        if self._screen is not None:
            _show(self._screen, line)
            return
        self._waiting.append(line)
        if make := _kind_of(line):
            self._begin(make)

    def close(self) -> None:
        """Raises OSError."""
        if self._screen is None and self._waiting:
            self._begin(_One)
        if self._screen is not None:
            self._screen.close()

    def give_back(self) -> None:
        """Nothing is drawn any more. Raises OSError."""
        if self._screen is not None and self._screen.live is not None:
            self._screen.live.give_back()

    def release(self) -> None:
        """The process ends at once; called by a signal's handler."""
        if self._screen is not None and self._screen.live is not None:
            self._screen.live.release()

    def _begin(self, make: Callable[[Output, Terminal, Terminal, bool], Replayed]) -> None:
        named = any(_is_named(each) for each in self._waiting)
        self._screen = make(self._output, self._out, self._err, named)
        for each in self._waiting:
            _show(self._screen, each)
        self._waiting.clear()


def _show(screen: Replayed, line: TranscriptLine) -> None:
    if line.at is not None:
        clock.replay(line.at)
    screen.show(line)


def _kind_of(line: TranscriptLine) -> Callable[[Output, Terminal, Terminal, bool], Replayed] | None:
    # Before these, nobody knows whether there are several targets, and whether they were named: a deployment
    # is shown accordingly.
    if not isinstance(line.event, KNOWN):
        return None
    if line.gen is not None or isinstance(line.event, LoopEvent):
        return _Loop
    return _Several if line.target else _One


def _is_named(line: TranscriptLine) -> bool:
    return isinstance(line.event, TargetResolved) and line.event.how == GIVEN


class _One:
    def __init__(self, output: Output, out: Terminal, err: Terminal, named: bool) -> None:
        self.live = live_output(output, out, err)
        self._renderer = run_renderer(output, out, err, named=named, live=self.live)

    def show(self, line: TranscriptLine) -> None:
        if not isinstance(line.event, LoopEvent):
            self._renderer.show(line.event)

    def close(self) -> None:
        self._renderer.close()


class _Several:
    def __init__(self, output: Output, out: Terminal, err: Terminal, _named: bool) -> None:
        self.live = live_output(output, out, err)
        self._screen = SeveralScreen(output, out, err, (), live=self.live)
        self._results: dict[str, RunFinished] = {}
        self._asked: list[str] = []  # in this order

    def show(self, line: TranscriptLine) -> None:
        event = line.event
        if isinstance(event, LoopEvent):
            return
        if not line.target:
            if isinstance(event, TargetResolved):
                self._asked.append(event.slug)
            if not isinstance(event, RunFinished) or event.exit_code:
                self._screen.common.show(event)
            return
        if isinstance(event, RunFinished):
            self._results[line.target] = event
        self._screen.show(line.target, event)

    def close(self) -> None:
        ends = self._results
        asked = [each for each in self._asked if each in ends]
        self._screen.finish({each: ends[each] for each in dict.fromkeys([*asked, *ends])})


class _Loop:
    def __init__(self, output: Output, out: Terminal, err: Terminal, named: bool) -> None:
        self.live = live_output(output, out, err, LoopView(keys=False))
        self._screen = LoopScreen(output, out, err, named=named, clear=False, live=self.live)

    def show(self, line: TranscriptLine) -> None:
        if isinstance(line.event, LoopEvent):
            self._screen.emit(line.event)
        else:
            self._screen.show(line.gen or 0, line.event, line.target)

    def close(self) -> None:
        self._screen.give_back()
        self._screen.close()
