"""Plain data as JSON that can stand inside an expression."""

from __future__ import annotations

from stigmer.errors import DeclarationError
from stigmer.late import late

EXACT = 2**53  # numbers travel as doubles


def number(value: int | float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise DeclarationError(f"{value} is not a JSON number; use None or text")
    if isinstance(value, int) and abs(value) > EXACT:
        raise DeclarationError(f"{value} is beyond 2**53, where numbers lose digits; pass it as text")
    # Enumerations and numpy's numbers have a repr of their own.
    return int.__repr__(value) if isinstance(value, int) else float.__repr__(value)


def quoted(value: str) -> str:
    """A JSON string that is safe inside `${ … }` and where single quotes count as double ones."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DeclarationError(f"{value!r:.60} is not valid text: {error.reason}") from None
    made: str = (
        late("json").dumps(value, ensure_ascii=False).replace("${", "\\u0024{").replace("'", "\\u0027")
    )
    # A backend that looks for `.secrets.K` in the text of a program must not find it in data.
    return made.replace("secrets", "\\u0073ecrets").replace("env_vars", "\\u0065nv_vars")


def check_key(key: object) -> str:
    if not isinstance(key, str):
        raise DeclarationError(f"the keys of an object are text, not {type(key).__name__}: {key!r:.60}")
    return key


def no_data(value: object) -> str:
    shown = f"{type(value).__name__} {value!r:.60}"
    if callable(value):
        return f"{shown} is a function, and not its result"
    if isinstance(value, set | frozenset):
        return f"{shown} has no order; use sorted(…)"
    if hasattr(value, "isoformat"):
        return f"{shown} is not data; use .isoformat()"
    return f"{shown} is not data; use None, bool, numbers, text, lists and dicts of these, or expressions"
