"""What a generation is about to deploy, and perhaps to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devloop.loop.baseline import Baseline, Verdict, judge
from devloop.loop.events import Cause
from devloop.loop.generation import Generation
from devloop.loop.prepare import KnownState, Prepared
from runcmd.events import ApplyFinished, Event
from runcmd.frozen import Frozen
from runcmd.project import OnChange
from runcmd.request import RunRequest
from runcmd.synthesis.manifest import Manifest


class HeldEvents:
    """What is said before it is known whether it runs: shown after the header, or in place of it."""

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


class Edition(Frozen):
    """A generation that could be prepared."""

    generation: Generation
    request: RunRequest
    manifest: Manifest
    answer: KnownState | None  # what the backend had
    verdict: Verdict
    cause: Cause  # of the run
    held: HeldEvents

    def waits(self, on_change: OnChange | None) -> bool:
        """Lets what runs come to its end first. None: as Stigmer.yaml says."""
        project = self.request.project
        assert project is not None, "a loop has a project"
        queues = (on_change or project.watch.on_change) is OnChange.QUEUE
        return queues and self.verdict is Verdict.RUN and self.cause is not Cause.REQUEST


def edition_of(
    generation: Generation, prepared: Prepared, baseline: Baseline, held: HeldEvents, owner: str
) -> Edition:
    """Compares it with what is deployed. `owner` is written on its executions."""
    request, manifest = prepared.request, prepared.manifest
    assert request is not None and manifest is not None, "there is an error, or there are both"
    verdict, cause = Verdict.RUN, generation.cause
    if not generation.forced:
        verdict, cause = judge(baseline, cause, generation.files, request, manifest)
    return Edition(
        generation=generation,
        request=replace(request, owner=owner),
        manifest=manifest,
        answer=prepared.answer,
        verdict=verdict,
        cause=cause,
        held=held,
    )
