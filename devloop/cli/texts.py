"""Is what comes from outside text? Other bytes arrive as surrogates, which cannot be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from devloop.terminal.visible import visible
from runcmd.errors import UsageError

CONVERT = "convert it, for instance with iconv"
SHOWN_CHARACTERS = 20  # before the first byte that is wrong
# Perhaps a path, which may be any bytes: `-C DIR`, `-wC DIR`, `--config=DIR`. If not, TextCommand says so.
PATH_OPTION = re.compile(r"-\w*C|--(project|env-file|config|socket|save-transcript)(=|$)")


def is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def require_text(value: str, source: str) -> None:
    """Raises UsageError, which names the source and not the value: it may be a token."""
    if not is_text(value):
        raise UsageError(f"{source} is not UTF-8 text", code="E0109", hint=CONVERT)


def not_text(arguments: Sequence[str]) -> str:
    """A message about the first argument that must be text and is not; empty if there is none."""
    before = ""
    for each in arguments:
        if not is_text(each) and not PATH_OPTION.match(before) and not PATH_OPTION.match(each):
            place = f" after {visible(before)}" if before.startswith("-") and is_text(before) else ""
            return f"Error: the argument {quoted(each)}{place} is not UTF-8 text\n\n{CONVERT}\n"
        before = each
    return ""


def quoted(value: str) -> str:
    """The value up to the first byte that is wrong; of a variable, the name."""
    name, equals, _ = value.partition("=")
    if equals:
        return visible(f"{name}=")  # the rest may be a secret
    wrong = next(at for at, each in enumerate(value) if not is_text(each))
    start = max(0, wrong - SHOWN_CHARACTERS)
    return visible(f"{'…' * bool(start)}{value[start : wrong + 1]}{'…' * bool(value[wrong + 1 :])}")
