"""What came of a generation, as events."""

from __future__ import annotations

import time

from devloop.loop import events
from devloop.loop.edition import Edition, Version
from devloop.loop.events import PastRun
from devloop.loop.footprint import Footprint
from devloop.loop.generation import Generation
from runcmd.errors import RunError
from runcmd.resolve import Candidate, did_you_mean

MOST_NAMED = 20  # files that a run depends on


def started(edition: Edition, run: int) -> events.RunStarted:
    """The header of a run."""
    return events.RunStarted(
        gen=edition.generation.number,
        run=run,
        cause=edition.cause,
        changed=edition.generation.changed,
        applied=edition.version.held.applied,
        total=edition.version.held.total,
    )


def record(edition: Edition, run: int) -> PastRun:
    """Of a run that begins now."""
    return PastRun(
        gen=edition.generation.number,
        run=run,
        at=time.strftime("%H:%M:%S"),
        cause=edition.cause,
        changed=edition.generation.changed,
        execution="",
        outcome=None,
        seconds=None,
    )


def not_run(
    generation: Generation, version: Version, target: Candidate, *, missing: bool
) -> events.NotAffected | events.TargetMissing:
    """Deployed, and there is nothing to run. `target` is what ran last."""
    held, gen = version.held, generation.number
    if missing:
        return events.TargetMissing(
            gen=gen,
            kind=target.kind,
            name=target.name,
            applied=held.applied,
            total=held.total,
            hint=did_you_mean(target.slug, [each.slug for each in version.manifest.resources]),
        )
    return events.NotAffected(
        gen=gen,
        kind=target.kind,
        name=target.name,
        changed=generation.changed,
        applied=held.applied,
        total=held.total,
    )


def broken(generation: Generation, error: RunError, *, running: bool) -> events.EditBroken:
    """It cannot be deployed. `running`: what ran before goes on."""
    return events.EditBroken(
        gen=generation.number,
        error=error.message,
        hint=error.hint,
        details=error.details,
        facts=error.facts,
        echoed=error.echoed,
        changed=generation.changed,
        running=running,
    )


def dependency(target: Candidate, footprint: Footprint) -> events.Dependency:
    """In a few words."""
    files = sorted(footprint.uses)
    return events.Dependency(
        name=target.name,
        any_file=footprint.any_file,
        files=tuple(files[:MOST_NAMED]),
        more=len(files[MOST_NAMED:]),
    )
