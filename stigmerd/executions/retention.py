"""How long are ended executions kept? `backend.local.keep` of ~/.stigmer/config.yaml may say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stigmer_api.config_file import ConfigError, block_of_local
from stigmerd.store.clock import rfc3339
from stigmerd.store.pruning import Resumable, Rule

# A client may ask again for an end it has just seen: after a reconnect, or in a new watch loop.
SHORTEST_HOURS = 1.0
# Executions of each workflow instance that can be resumed.
RESUMABLE_RUNS, RESUMABLE_DAYS = 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many executions stay, and for how long."""

    executions: int = 1000  # of those that have ended, so many of the newest stay; 0: all stay
    days: float = 0  # and all that ended since then

    def rule(self, now: datetime) -> Rule | None:
        """None: nothing ever goes."""
        if not self.executions:
            return None
        age = max(timedelta(days=self.days), timedelta(hours=SHORTEST_HOURS))
        return Rule(newest=self.executions, since=rfc3339(now - age))

    def rule_now(self) -> Rule | None:
        return self.rule(datetime.now(UTC))


def details_since(now: datetime) -> str:
    """What ended before has all that clients can ask for in its last snapshot."""
    return rfc3339(now - timedelta(hours=SHORTEST_HOURS))


def resumable(now: datetime) -> Resumable:
    """What may be resumed, and what gives its values to a task that runs alone."""
    return Resumable(newest=RESUMABLE_RUNS, since=rfc3339(now - timedelta(days=RESUMABLE_DAYS)))


def rule_of(now: datetime, *, keep: int | None, older_than_seconds: float | None) -> Rule:
    """What a command says; it may also take what has just ended."""
    if older_than_seconds is None:
        return Rule(newest=keep)
    # A time that no calendar has is before all that ever ended.
    seconds = min(max(older_than_seconds, 0.0), (now - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return Rule(newest=keep, since=rfc3339(now - timedelta(seconds=seconds)))


def read_retention(file: Path) -> Retention:
    """Raises ConfigError."""
    found = block_of_local(file, "keep")
    if found is None:
        return Retention()
    if not isinstance(found, dict):
        raise ConfigError(
            f"{file}: backend.local.keep must hold `executions: 1000` or `days: 30`", code="E0213"
        )
    usual = Retention()
    return Retention(
        executions=int(_number(found, "executions", usual.executions, file)),
        days=_number(found, "days", usual.days, file),
    )


def _number(values: dict[str, object], name: str, usual: float, file: Path) -> float:
    value = values.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**9:
        raise ConfigError(
            f"{file}: backend.local.keep.{name} must be a number from 0 up, not {value!r}", code="E0213"
        )
    return value
