"""When is a loop done by itself? `--runs`, `--until-success`, and a project that nobody can mend."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.loop.settings import LoopSettings
from runcmd.errors import EXIT_OK, RunError
from runcmd.events import Outcome, RunFinished

Results = Sequence[RunFinished | None]  # what each target came to last; None: it has not run to an end yet


class LoopLimits:
    """Counts rounds. One counts as soon as some run of it came to its end by itself."""

    def __init__(self, settings: LoopSettings) -> None:
        self._settings = settings
        self._rounds: set[int] = set()
        self._broken: RunError | None = None  # what the newest round came to

    def began(self) -> None:
        """A new round."""
        self._broken = None

    def broken(self, error: RunError) -> None:
        """The newest round cannot be deployed."""
        self._broken = error

    def finished(self, gen: int) -> None:
        """A run of this round has."""
        self._rounds.add(gen)

    def reached(self, results: Results, *, coming: bool) -> tuple[str, int] | None:
        """Nothing runs any more: why the loop is over now, and its exit status.

        A success is that of the newest code: not while more is coming, and not while that is broken.
        """
        several = len(results) > 1
        succeeded = [each is not None and each.outcome is Outcome.SUCCEEDED for each in results]
        newest = not coming and self._broken is None
        if self._settings.until_success and newest and results and all(succeeded):
            return "all runs succeeded" if several else "the run succeeded", EXIT_OK
        if self._settings.runs is not None and len(self._rounds) >= self._settings.runs:
            codes = [each.exit_code for each in results if each is not None and each.exit_code != EXIT_OK]
            words = "those were the last runs" if several else "that was the last run"
            return words, codes[0] if codes else EXIT_OK
        return None

    def given_up(self) -> tuple[str, int] | None:
        """Nothing is under way: a limit would never be reached where nobody mends the project."""
        waits = self._settings.until_success or self._settings.runs is not None
        if self._broken is None or not waits or self._settings.attended:
            return None
        return "the project is broken, and nobody is at a terminal to mend it", self._broken.exit_code
