"""A run on a live screen: what is over as plain lines, what is under way drawn below them."""

from __future__ import annotations

from devloop.render.live.held import HeldRun
from devloop.render.live.output import LiveTerminal
from devloop.render.plain import PlainRenderer
from runcmd.events import Event


class LiveRenderer:
    """One run of a live screen."""

    def __init__(self, plain: PlainRenderer, live: LiveTerminal, *, mark: str = "") -> None:
        """`plain`: what writes the lines of what is over."""
        self._plain = plain
        self._held = HeldRun()
        self._live = live
        self._mark = mark

    def show(self, event: Event) -> None:
        for each in self._held.pass_on(event):
            self._plain.show(each)
        self._live.see(self._mark, event)

    def close(self) -> None:
        self._plain.close()
