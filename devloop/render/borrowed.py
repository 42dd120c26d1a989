"""What we have changed about the terminal: given back at the end, and while we are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from devloop.terminal.job_control import suspending


class Borrows(Protocol):
    """Draws on the terminal, or sets its title."""

    def give_back(self) -> None:
        """Between two steps of the event loop. Raises OSError."""

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""

    def resume(self) -> None:
        """We were stopped, and go on."""


class Borrowed:
    """All who do."""

    def __init__(self, *borrowers: Borrows | None) -> None:
        self._borrowers = [each for each in borrowers if each is not None]

    def add(self, borrower: Borrows) -> None:
        """One more, before anything is borrowed."""
        self._borrowers.append(borrower)

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""
        for each in self._borrowers:
            each.release()

    @contextmanager
    def while_running(self) -> Iterator[None]:
        """Gives everything back at the end, and while we are stopped. Raises OSError."""
        if not self._borrowers:
            yield
            return
        with suspending(self._give_back, self._resume):
            try:
                yield
            finally:
                self._give_back()

    def _give_back(self) -> None:
        for each in self._borrowers:
            each.give_back()

    def _resume(self) -> None:
        for each in self._borrowers:
            each.resume()
