"""Who answers the questions of a run: whoever sits at its terminal, or nobody here."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import TYPE_CHECKING

from devloop.render.renderer import Renderer
from devloop.terminal.stream import standard_terminals
from runcmd.backend.patience import Connect
from runcmd.events import Event, Nested, QuestionAsked

if TYPE_CHECKING:
    from devloop.cli.answering.answering import Answering, Show
    from devloop.render.live.output import LiveTerminal
    from devloop.render.several import SeveralScreen
    from devloop.terminal.keys import Keyboard


class LateAnswering:
    """Imported with the first question: most runs ask none. Keys are read while one waits, and not else."""

    def __init__(
        self,
        connect: Connect,
        live: LiveTerminal | None = None,
        *,
        keyboard: Keyboard | None = None,
        lent: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """
        Args:
            keyboard: that somebody else listens to, who hands keys to `press`.
            lent: while it is open, nobody else draws on the screen; None: what `live` draws is taken away.
        """
        self._connect = connect
        self._live = live
        self._others = keyboard
        self._lend = lent or self._lent
        self._keyboard: Keyboard | None = None
        self._answering: Answering | None = None

    def take(self, event: Event, show: Show, source: Hashable = "") -> None:
        """Shows an event of a run, a question when its turn has come. Raises OSError."""
        inner = event.event if isinstance(event, Nested) else event
        if self._answering is None and isinstance(inner, QuestionAsked):
            self._answering = self._started()
        if self._answering is None:
            show(event)
        else:
            self._answering.take(event, show, source)

    def over(self, source: Hashable) -> None:
        """A run asks nothing more. Raises OSError."""
        if self._answering is not None:
            self._answering.over(source)

    def press(self, key: str) -> bool:
        """Whether it was meant for a question."""
        return self._answering is not None and self._answering.press(key)

    def give_back(self) -> None:
        """Before we are stopped, and at the end: the terminal is as it was."""
        if self._keyboard is not None:
            self._keyboard.detach()

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""
        if self._keyboard is not None:
            self._keyboard.restore()

    def resume(self) -> None:
        """After a stop."""
        if self._answering is not None:
            self._answering.resume()

    def close(self) -> None:
        if self._keyboard is not None:
            self._keyboard.release()

    def _started(self) -> Answering:
        from devloop.cli.answering.answering import Answering
        from devloop.terminal.keys import Keyboard

        descriptor = sys.stdin.fileno()
        if self._others is None:
            self._keyboard = Keyboard(descriptor, self._pressed, lambda: None, lambda: None)
        keyboard = self._keyboard or self._others
        assert keyboard is not None, "one of them is there"
        out, _ = standard_terminals()
        shared = self._keyboard is None
        return Answering(keyboard, descriptor, out, self._connect, shared=shared, lent=self._lend)

    def _pressed(self, key: str) -> None:
        self.press(key)

    @contextmanager
    def _lent(self) -> Iterator[None]:
        if self._live is not None:
            self._live.give_back()
        try:
            yield
        finally:
            if self._live is not None:
                self._live.resume()


class AnsweringRenderer:
    """Shows a run; a question of it waits on the screen for a key."""

    def __init__(self, inner: Renderer, answering: LateAnswering) -> None:
        self._inner = inner
        self._answering = answering

    def show(self, event: Event) -> None:
        self._answering.take(event, self._inner.show)

    def close(self) -> None:
        self._inner.close()


@contextmanager
def answered(
    renderer: Renderer, connect: Connect, live: LiveTerminal | None, *, asks: bool
) -> Iterator[tuple[Renderer, LateAnswering | None]]:
    """What shows the run then. `asks`: there is somebody to ask."""
    if not asks:
        yield renderer, None
        return
    answering = LateAnswering(connect, live)
    try:
        yield AnsweringRenderer(renderer, answering), answering
    finally:
        answering.close()


def answered_on(
    live: LiveTerminal | None, *, asks: bool
) -> Callable[[SeveralScreen, Connect], AbstractAsyncContextManager[None]]:
    """The questions of several runs, on their screen. `asks`: there is somebody to ask."""

    @asynccontextmanager
    async def on(screen: SeveralScreen, connect: Connect) -> AsyncIterator[None]:
        if not asks:
            yield
            return
        screen.questions = answering = LateAnswering(connect, live)
        screen.borrowed.add(answering)
        try:
            yield
        finally:
            answering.close()

    return on
