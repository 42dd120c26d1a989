"""A duration is read as people write it, and what is none is refused in words."""

from __future__ import annotations

import pytest

from devloop.cli.durations import seconds_of
from runcmd.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("2.5", 2.5),
        ("1e3", 1000),
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1H", 3600),
        ("1.5h", 5400),
        ("500ms", 0.5),
        ("1d2h3m4s", 93784),
        (" 10s ", 10),
    ],
)
def test_a_timeout(text: str, seconds: float) -> None:
    assert seconds_of("--timeout", text, plain=True) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "5x",
        "-1",
        "-1s",
        "0",
        "0s",
        "nan",
        "inf",
        "1e999",
        "1m30",
        "1s1m",
        "1m1m",
        "5 minutes",
        "1:30",
    ],
)
def test_what_is_no_timeout(text: str) -> None:
    with pytest.raises(UsageError, match="--timeout: ") as refused:
        seconds_of("--timeout", text, plain=True)
    assert refused.value.hint


def test_an_age_has_a_unit() -> None:
    assert seconds_of("--older-than", "30d") == 30 * 86_400
    assert seconds_of("--older-than", "0s") == 0
    with pytest.raises(UsageError, match="not a duration"):
        seconds_of("--older-than", "30")
