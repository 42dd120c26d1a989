"""What came of a generation, as events."""

from __future__ import annotations

import time
from collections.abc import Sequence

from devloop.loop import events
from devloop.loop.edition import Edition, Version
from devloop.loop.events import PastRun
from devloop.loop.footprint import Footprint
from devloop.loop.generation import Generation
from runcmd.errors import RunError
from runcmd.hot_turns import Comparison, Repetition
from runcmd.resolve import Candidate, did_you_mean

MOST_NAMED = 20  # files that a run depends on


def started(edition: Edition, run: int, mark: str) -> events.RunStarted:
    """The header of a run. `mark`: how its lines begin; empty where nothing can run beside it."""
    return events.RunStarted(
        gen=edition.generation.number,
        run=run,
        cause=edition.cause,
        changed=edition.generation.changed,
        applied=edition.version.held.applied,
        total=edition.version.held.total,
        target=edition.generation.target,
        mark=mark,
        earlier=edition.earlier,
    )


def repeated(generation: Generation, what: Repetition) -> events.TurnRepeated:
    """The last message of a conversation, asked again."""
    return events.TurnRepeated(
        gen=generation.number,
        message=what.message,
        answer=what.answer,
        execution=what.execution,
        session=what.session,
    )


def compared(generation: Generation, answers: Comparison) -> events.AnswersCompared:
    """The last message of a conversation was answered again."""
    return events.AnswersCompared(
        gen=generation.number, before=answers.before, after=answers.after, executions=answers.executions
    )


def taken(edition: Edition, target: Candidate) -> events.CodeTaken:
    """Deployed, in a conversation in which nothing was asked yet."""
    return events.CodeTaken(
        gen=edition.generation.number,
        cause=edition.cause,
        changed=edition.generation.changed,
        kind=target.kind,
        name=target.name,
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
        target=edition.generation.target,
    )


def queued(generation: Generation, running: Generation) -> events.RunQueued:
    """It waits for this run."""
    assert running.record is not None, "it runs"
    return events.RunQueued(
        gen=generation.number,
        changed=generation.changed,
        behind=running.record.run,
        target=running.target,
    )


def unaffected(
    generation: Generation, version: Version, target: Candidate, others: Sequence[Candidate]
) -> events.NotAffected:
    """Deployed, and nothing to run of it. `target`, and `others` of several, ran last."""
    return events.NotAffected(
        gen=generation.number,
        kind=target.kind,
        name=target.name,
        changed=generation.changed,
        applied=version.held.applied,
        total=version.held.total,
        others=tuple(each.name for each in others),
    )


def missing(generation: Generation, version: Version, target: Candidate) -> events.TargetMissing:
    """Deployed, and what ran last is no part of it."""
    return events.TargetMissing(
        gen=generation.number,
        kind=target.kind,
        name=target.name,
        applied=version.held.applied,
        total=version.held.total,
        hint=did_you_mean(target.slug, [each.slug for each in version.manifest.resources]),
    )


def broken(generation: Generation, error: RunError, *, running: bool, target: str = "") -> events.EditBroken:
    """It cannot be deployed; or `target`, one of several, cannot run. `running`: what ran before goes on."""
    return events.EditBroken(
        gen=generation.number,
        error=error.message,
        hint=error.hint,
        details=error.details,
        facts=error.facts,
        echoed=error.echoed,
        mistakes=error.mistakes,
        exit_code=error.exit_code,
        changed=generation.changed,
        running=running,
        target=target,
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
