"""`--input`: JSON as it was typed, or a file or standard input with JSON or YAML."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from devloop.cli.input.places import STDIN, file_of
from devloop.cli.input.structured import Json, parse_json, parse_yaml
from runcmd.errors import UsageError

YAML_ENDINGS: Final = (".yaml", ".yml")
QUOTES: Final = """write it in single quotes: %s '{"order": 7}'; a file: %s @FILE"""


def read_input(text: str, content_of: Callable[[Path], bytes], option: str = "--input") -> dict[str, Json]:
    """The names and values of `--input TEXT`, or of another option.

    Args:
        text: JSON, `@FILE` or `@-`.
        content_of: all of a file; raises OSError.

    Raises:
        UsageError: it cannot be read, or is no JSON object. With the line and the column.
    """
    value = read_value(text, content_of, option)
    if not isinstance(value, dict):
        called = _called(file_of(text), option)
        raise UsageError(
            f"{called} must be an object with names and values, and is {_kind(value)}",
            code="E0131",
            hint=f"""for instance: {option} '{{"order": 7}}'""",
        )
    return value


def read_value(text: str, content_of: Callable[[Path], bytes], option: str = "--input") -> Json:
    """The same, and it may be any JSON. Raises UsageError."""
    file = file_of(text)
    if file is None:
        return parse_json(text, option, hint=_hint(text, option))
    return _in_file(_content(file, content_of, option), file)


def _content(file: Path, content_of: Callable[[Path], bytes], option: str) -> str:
    called = _called(file, option)
    if file == Path():
        raise UsageError(
            f"{option} @ names no file", code="E0133", hint=f"write {option} @FILE, or @- for a pipe"
        )
    try:
        return content_of(file).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{option}: cannot read {called}: {reason}", code="E0133") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{called} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error


def _in_file(text: str, file: Path) -> Json:
    """By the ending of its name; without a telling one, YAML serves both."""
    if not text.strip():
        raise UsageError(f"{_called(file)} is empty", code="E0130", hint="{} is an input without values")
    if file.suffix.lower() in YAML_ENDINGS:
        return parse_yaml(text, _called(file))
    if file.suffix.lower() == ".json" or text.lstrip()[:1] in "{[":
        return parse_json(text, _called(file))
    return parse_yaml(text, _called(file))


def _called(file: Path | None, option: str = "") -> str:
    return option if file is None else "standard input" if file == STDIN else str(file)


def _hint(text: str, option: str) -> str:
    """For text that is no JSON: was it a file, or did the shell take the quotes?"""
    if text == "-":
        return f"did you mean {option} @-, which reads standard input?"
    with suppress(OSError, ValueError):
        if Path(text).is_file():
            return f"did you mean {option} @{text}?"
    return QUOTES % (option, option)


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case _:
            return "a list"
