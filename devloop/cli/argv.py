"""The command line as it was typed, without its secrets: for `ps`, and where we repeat it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextlib import suppress

PREFIX = "secret:"
START, END = 47, 48  # of the arguments in memory: fields of /proc/self/stat, from 0


def hide_secrets(arguments: Sequence[str]) -> None:
    """Linux only; elsewhere, and until this runs, everybody can read what was typed."""
    values = [value for each in arguments for value in _secrets_in(each)]
    if values and sys.platform == "linux":
        # It is a courtesy: where the kernel hides its own numbers, there is nothing to be done.
        with suppress(OSError, ValueError, IndexError):
            _overwrite([value.encode("utf-8", "surrogateescape") for value in values])


def options_again(command: str, arguments: Sequence[str]) -> str:
    """What stood behind the command, to be typed again behind a name; a secret is named, without its value.

    Empty: nothing did, or it was another command.
    """
    if arguments[:1] != [command]:
        return ""
    import shlex

    kept = (re.sub(rf"({PREFIX}[^=]*)=.*", r"\1", each, flags=re.DOTALL) for each in arguments[1:])
    return "".join(f" {shlex.quote(each)}" for each in kept)


def _secrets_in(argument: str) -> list[str]:
    _, found, rest = argument.partition(PREFIX)
    _, _, value = rest.partition("=")
    return [value] if found and value else []


def _overwrite(values: Sequence[bytes]) -> None:
    import ctypes

    with open("/proc/self/stat") as stat:  # noqa: PTH123  # pathlib would be one import more
        text = stat.read()
    fields = text.rpartition(")")[2].split()
    start, end = (int(fields[at - 2]) for at in (START, END))
    if not 0 < start < end:
        return
    hidden = ctypes.string_at(start, end - start)
    for value in values:
        hidden = hidden.replace(b"=" + value + b"\0", b"=" + b"*" * len(value) + b"\0")
    ctypes.memmove(start, hidden, end - start)
