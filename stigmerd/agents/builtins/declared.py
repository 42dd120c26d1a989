"""What built-in tools an agent asks for, checked; a manifest in YAML may say anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

FILES, SHELL, WEB = KINDS = ("files", "shell", "web")
LONGEST_SECONDS: Final = 3600
_Check = Callable[[object], bool]


class BuiltInProblem(AgentProblem):
    """A declaration of built-in tools that cannot be followed."""

    code = "E1315"


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_SECONDS


SECONDS: Final = f"a number of seconds above 0, at most {LONGEST_SECONDS}"
# What each kind is told: its default, what a value must be, and that in words.
OPTIONS: Final[Mapping[str, Mapping[str, tuple[Json, _Check, str]]]] = {
    FILES: {
        "folder": (".", _text, "a path"),
        "read_only": (False, _flag, "true or false"),
        "secrets": (False, _flag, "true or false"),
        "requires_approval": (True, _flag, "true or false"),
    },
    SHELL: {
        "timeout": (60, _seconds, SECONDS),
        "env": ([], _texts, "a list of names of variables"),
        "read": ([], _texts, "a list of paths"),
        "network": (True, _flag, "true or false"),
        "requires_approval": (True, _flag, "true or false"),
    },
    WEB: {
        "hosts": ([], _texts, "a list of host names"),
        "private": (False, _flag, "true or false"),
        "timeout": (30, _seconds, SECONDS),
        "requires_approval": (False, _flag, "true or false"),
    },
}


def declared(options: Mapping[str, Json], whose: str) -> dict[str, dict[str, Any]]:
    """Each kind that is asked for, with all of its options. `whose`: in words. Raises BuiltInProblem."""
    said = options.get("builtins", {})
    if not isinstance(said, dict):
        raise BuiltInProblem(f"{whose}: builtins must be an object with some of {', '.join(KINDS)}")
    return {kind: _of_kind(kind, given, whose) for kind, given in said.items()}


def _of_kind(kind: str, given: object, whose: str) -> dict[str, Any]:
    known = OPTIONS.get(kind)
    if known is None:
        raise BuiltInProblem(f'{whose}: there is no built-in tool "{kind}"; there are {", ".join(KINDS)}')
    if not isinstance(given, dict):
        raise BuiltInProblem(f"{whose}: builtins.{kind} must be an object, {{}} for all that is usual")
    if unknown := sorted(given.keys() - known.keys()):
        raise BuiltInProblem(f'{whose}: builtins.{kind} has no "{unknown[0]}"; it has {", ".join(known)}')
    for name, value in given.items():
        _, fits, needed = known[name]
        if not fits(value):
            raise BuiltInProblem(f"{whose}: builtins.{kind}.{name} must be {needed}, not {value!r:.40}")
    return {name: default for name, (default, _, _) in known.items()} | given
