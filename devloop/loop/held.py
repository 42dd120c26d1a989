"""What a generation says before it is known whether it runs."""

from __future__ import annotations

from collections.abc import Sequence

from runcmd.events import ApplyFinished, Event


class HeldEvents:
    """It is shown after the header of the run, or in place of it."""

    def __init__(self, prepared: Sequence[Event]) -> None:
        self._prepared = tuple(prepared)
        self.restart()

    def restart(self) -> None:
        """Another attempt to deploy: what the one before said is void."""
        self.events: list[Event] = [*self._prepared]
        self.applied = 0  # created or updated
        self.total = 0

    def add(self, event: Event) -> None:
        """In order."""
        self.events.append(event)
        if isinstance(event, ApplyFinished):
            self.applied, self.total = event.changed, event.agents + event.workflows
