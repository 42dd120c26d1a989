"""What the options of `stigmer executions list` ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devloop.cli.executions.wanted import ListFlags, since, wanted_by
from runcmd.errors import UsageError
from runcmd.events import Phase

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "phases"),
    [
        (("failed",), (Phase.FAILED,)),
        (("failed,Cancelled",), (Phase.FAILED, Phase.CANCELLED)),
        (("running",), (Phase.PENDING, Phase.IN_PROGRESS)),
        (("In progress", "canceled", "cancelled"), (Phase.IN_PROGRESS, Phase.CANCELLED)),
        (("ended",), (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED)),
    ],
)
def test_each_status(words: tuple[str, ...], phases: tuple[Phase, ...]) -> None:
    assert wanted_by(ListFlags(status=words), NOW).phases == phases


def test_a_status_that_there_is_not() -> None:
    with pytest.raises(UsageError) as caught:
        wanted_by(ListFlags(status=("failed,runing",)), NOW)
    assert (caught.value.message, caught.value.hint) == (
        '--status: there is no status "runing"',
        "did you mean running?",
    )


def test_nested_ones_are_folded_unless_something_is_looked_for() -> None:
    assert wanted_by(ListFlags(), NOW).top_only
    assert wanted_by(ListFlags(since="2h"), NOW).top_only
    assert not wanted_by(ListFlags(text="a"), NOW).top_only
    assert not wanted_by(ListFlags(name="a"), NOW).top_only
    assert not wanted_by(ListFlags(status=("failed",)), NOW).top_only


def test_since() -> None:
    assert since("2h", NOW) == NOW - timedelta(hours=2)
    assert since("1h30m", NOW) == NOW - timedelta(minutes=90)
    assert since("2026-11-01T10:00Z", NOW) == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert since("2026-11-01", NOW) == datetime(2026, 11, 1).astimezone()


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "999999999w"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        since(text, NOW)
    assert (caught.value.code, caught.value.exit_code) == ("E0105", 2)
