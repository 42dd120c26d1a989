"""Durations as people write them: `90`, `30s`, `5m`, `1h30m`."""

from __future__ import annotations

import re

from runcmd.errors import UsageError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_PART = re.compile(rf"({_NUMBER})\s*(ms|[smhdw])\s*")


def seconds_of(option: str, text: str, *, plain: bool = False) -> float:
    """In seconds.

    Args:
        option: who wants it, for the error.
        plain: a number without a unit is taken as seconds, and there must be some.

    Raises:
        UsageError: it is not a duration.
    """
    text = text.strip().lower()
    if plain and re.fullmatch(rf"{_NUMBER}(?:e\d{{1,2}})?", text):
        seconds = float(text)
    else:
        seconds = _with_units(option, text, plain=plain)
    if not 0 <= seconds < float("inf") or (plain and seconds == 0):
        raise _refused(option, text, "a time above 0", plain=plain)
    return seconds


def _with_units(option: str, text: str, *, plain: bool) -> float:
    parts = _PART.findall(text)
    units = [unit for _, unit in parts]
    if not parts or _PART.sub("", text):
        raise _refused(option, text, "a duration", plain=plain)
    if sorted(units, key=lambda unit: -UNITS[unit]) != units or len(set(units)) != len(units):
        raise UsageError(
            f'{option}: "{text}" names its units in a strange order',
            code="E0105",
            hint="write each once, the longest first: 1h30m",
        )
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def _refused(option: str, text: str, what: str, *, plain: bool) -> UsageError:
    hint = "write 30s, 5m or 1h30m; a number alone is seconds" if plain else "write 30d, 12h or 90m"
    return UsageError(f'{option}: "{text}" is not {what}', code="E0105", hint=hint)
