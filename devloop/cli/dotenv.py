"""Reads a .env file: names and values, or the line of a mistake."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from runcmd.errors import UsageError
from runcmd.request import RuntimeVariable
from stigmer_api.reading import read_bounded, read_patiently

MOST_BYTES = 4 << 20
_NAME = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?P<secret>secret:)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?P<equals>=)?"
)
_SINGLE = re.compile(r"[ \t]*'(?P<value>[^']*)'")
_DOUBLE = re.compile(r'[ \t]*"(?P<value>(?:[^"\\]|\\.)*)"', re.DOTALL)
_QUOTE = re.compile(r"[ \t]*(['\"])")
_BARE = re.compile(r"(?P<value>[^\r\n]*?)(?=[ \t]+#|[ \t]*(?:[\r\n]|\Z))")
_LINE_END = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|\Z)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


Read = Callable[[Path], bytes]  # raises OSError


def whole(file: Path) -> bytes:
    """All of an ordinary file. Raises OSError."""
    return read_bounded(file, MOST_BYTES)


def pipe(file: Path) -> bytes:
    """Of any file; the writer of a pipe is waited for. Raises OSError."""
    return read_patiently(file, MOST_BYTES)


def read(file: Path, environ: Mapping[str, str], content_of: Read = whole) -> list[RuntimeVariable]:
    """The variables of a file, in its order. Raises UsageError."""
    try:
        content = content_of(file)
        text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig").read()
    except OSError as error:
        raise UsageError(
            f"cannot read the environment file {file}: {error.strerror}", code="E0112"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error
    return parse(text, str(file), environ)


def parse(text: str, source: str, environ: Mapping[str, str]) -> list[RuntimeVariable]:
    """`NAME=value` lines; `secret:` marks a secret, a name alone is inherited, `$` means nothing special."""
    variables: list[RuntimeVariable] = []
    position = 0
    while position < len(text):
        if blank := _LINE_END.match(text, position):
            position = blank.end()
            continue
        try:
            variable, position = _variable(text, position, environ)
        except UsageError as error:
            line = text.count("\n", 0, position) + 1
            raise UsageError(f"{source}:{line}: {error.message}", code=error.code, hint=error.hint) from error
        # `NAME=` in a .env file is a placeholder; the backend takes no empty values.
        if variable.value:
            variables.append(variable)
    return variables


def _variable(text: str, position: int, environ: Mapping[str, str]) -> tuple[RuntimeVariable, int]:
    head = _NAME.match(text, position)
    if head is None:
        raise UsageError("expected NAME=value", code="E0113", hint="a comment starts with #")
    name = head["name"]
    if head["equals"]:
        value, end = _value(text, head.end())
    else:
        value, end = environ.get(name, ""), head.end()
    line_end = _LINE_END.match(text, end)
    if line_end is None:
        raise UsageError(
            "expected NAME=value", code="E0113", hint="put quotes around a value with spaces in it"
        )
    if not head["equals"] and not value:
        raise UsageError(f"{name} has no value here or in the environment", code="E0108")
    return RuntimeVariable(name=name, value=value, secret=bool(head["secret"])), line_end.end()


def _value(text: str, position: int) -> tuple[str, int]:
    quote = _QUOTE.match(text, position)
    pattern = _BARE if quote is None else _SINGLE if quote[1] == "'" else _DOUBLE
    match = pattern.match(text, position)
    if match is None:
        raise UsageError("a quote is never closed", code="E0113")
    if pattern is _DOUBLE:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), match["value"]), match.end()
    return match["value"].strip(" \t") if pattern is _BARE else match["value"], match.end()
