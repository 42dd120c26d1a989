"""What one state of the files comes to: a generation for each target that it concerns."""

from __future__ import annotations

from devloop.changes.fingerprint import Fingerprint
from devloop.loop.events import Cause
from devloop.loop.generation import Generation
from devloop.loop.state import Happened, Stage
from runcmd.events import CancelReason

SETTLED = (Stage.RUNNING, Stage.OVER)


class Round:
    """Generations of one number. The first of them prepares for all; the others begin when it has."""

    def __init__(self, number: int, cause: Cause, changed: tuple[str, ...], files: Fingerprint) -> None:
        self.number = number
        self.first = Generation(number, cause, changed, files)
        self.generations = [self.first]

    def another(self) -> Generation:
        """For one more target of the same files."""
        first = self.first
        self.generations.append(Generation(first.number, first.cause, first.changed, first.files))
        return self.generations[-1]

    @property
    def settled(self) -> bool:
        """Each of them runs, or is over."""
        return all(each.state.stage in SETTLED for each in self.generations)

    @property
    def over(self) -> bool:
        """Nothing of it is under way."""
        return all(each.over for each in self.generations)

    @property
    def outdated(self) -> bool:
        """Something newer came before all of it ran."""
        return any(each.outdated for each in self.generations)

    @property
    def ran(self) -> bool:
        """Something of it did."""
        return any(each.record is not None for each in self.generations)

    def happened(self, what: Happened, reason: CancelReason = CancelReason.INTERRUPTED) -> None:
        """To all of them."""
        for each in self.generations:
            each.happened(what, reason)

    async def until(self, *stages: Stage) -> None:
        """Waits until all of them stand there; more may begin meanwhile."""
        while ahead := [each for each in self.generations if each.state.stage not in stages]:
            await ahead[0].until(*stages)
