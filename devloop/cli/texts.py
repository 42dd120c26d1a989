"""Are the arguments text? Other bytes arrive as surrogates, which cannot be sent."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.terminal.visible import visible

PATH_OPTIONS = ("-C", "--project", "--env-file", "--config")  # a path may be any bytes


def is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_text(arguments: Sequence[str]) -> str:
    """A message about the first argument that must be text and is not; empty if there is none."""
    before = ""
    for each in arguments:
        path = before in PATH_OPTIONS or each.startswith(("-C", *(f"{option}=" for option in PATH_OPTIONS)))
        if not path and not is_text(each):
            name, equals, _ = each.partition("=")  # the rest may be a secret
            return f"Error: the argument {visible(name + equals)} is not UTF-8 text\n"
        before = each
    return ""
