"""Times, as servers write them."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds_between(start: str, end: str) -> float | None:
    """None when either is missing, unreadable, or the clock went back."""
    begin, finish = moment(start), moment(end)
    if begin is None or finish is None or finish < begin:
        return None
    return (finish - begin).total_seconds()


def moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Some runners leave the zone out; they mean UTC.
    return when if when.tzinfo else when.replace(tzinfo=UTC)
