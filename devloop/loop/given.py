"""Input that can be read only once: it is waited for before anything begins, and kept for later runs."""

from __future__ import annotations

from collections.abc import Callable

from devloop.loop import events
from devloop.loop.output import LoopOutput
from devloop.loop.settings import LoopSettings
from runcmd.errors import RunError
from runcmd.events import CancelReason

AGAIN = "start the loop again to change it, or name an ordinary file, which is read for each run"


class GivenInput:
    """Says once that it is kept."""

    def __init__(self, settings: LoopSettings, output: LoopOutput) -> None:
        self._settings = settings
        self._output = output
        self._said = False

    async def gather(self, stop: Callable[[CancelReason, str, int], None]) -> None:
        """Until all is there. What cannot be used is reported, and ends the loop with its exit status."""
        try:
            await self._settings.gather()
        except RunError as error:
            broken = events.EditBroken(
                gen=0, error=error.message, hint=error.hint, details=error.details, facts=error.facts
            )
            self._output.emit(broken)
            stop(CancelReason.INTERRUPTED, "this can be read only once", error.exit_code)

    def used_again(self, gen: int) -> None:
        """A later round, of this number, runs with what was read for the first."""
        kept = () if self._said else self._settings.kept()
        if kept:
            self._said = True
            text = f"{', '.join(kept)} can be read only once; what was read at the start is kept"
            self._output.emit(events.WatchNoted(gen=gen, text=text, hint=AGAIN))
