"""Arguments of the commands that people wait for, read without Typer where nothing about them is unusual."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from devloop.cli.booleans import TRUTH
from devloop.cli.flags import ApplyFlags, WatchFlags
from devloop.cli.options import PositionalOption
from runcmd.frozen import Frozen

Flags = TypeVar("Flags")
COMPLETION = "_STIGMER_COMPLETE"  # set by a shell that wants to know what could come next
POSITIONAL = ""
AN_OPTION: Any = Annotated


def perform_run(flags: WatchFlags) -> int:
    """`stigmer run`; the exit status."""
    if flags.anything and sys.stdin is not None and sys.stdin.isatty():
        from devloop.cli.new.offer import offer_project

        if failed := offer_project(flags):
            return failed
    if flags.resume:
        from devloop.cli.resuming.start import resume as perform
    elif flags.watch and flags.interactive:
        from devloop.cli.chat.hot.start import hot_chat as perform
    elif flags.watch:
        from devloop.cli.watch import watch as perform
    elif flags.interactive:
        from devloop.cli.chat.start import chat as perform
    else:
        from devloop.cli.run import run as perform
    return perform(flags)


def perform_apply(flags: ApplyFlags) -> int:
    """`stigmer apply`; the exit status."""
    from devloop.cli.apply import apply as perform

    return perform(flags)


def directly(arguments: Sequence[str]) -> Callable[[], int] | None:
    """What these arguments ask for. None: Typer must read them, for they are wrong, rare, or ask for help."""
    if not arguments:
        return None
    command, rest = arguments[0], arguments[1:]
    if command == "run" and (run := read(WatchFlags, rest)) is not None:
        return lambda: perform_run(run)
    if command == "apply" and (apply := read(ApplyFlags, rest)) is not None:
        return lambda: perform_apply(apply)
    return None


def read(flags: type[Flags], arguments: Sequence[str]) -> Flags | None:
    """The flags that Typer would make of it, or None."""
    ways = _ways(flags)
    values: dict[str, Any] = {}
    left = list(reversed(arguments))
    try:
        while left:
            word, *more = _spread(left.pop(), ways)
            left += more
            if word.startswith("-") and word != "-":
                spelled, given, value = word.partition("=") if word.startswith("--") else (word, "", "")
                way = ways[spelled]
                if way.counted:
                    if given:
                        return None
                    values[way.field] = values.get(way.field, 0) + 1
                    continue
                if way.constant is not None:
                    values[way.field] = way.constant is (TRUTH[value.lower()] if given else True)
                    continue
                word = value if given else left.pop()
                if word.startswith("-") and word != "-":
                    return None  # perhaps its value was forgotten
            else:
                way = ways[POSITIONAL]
            way.put(word, values)
    except (LookupError, ValueError):
        return None
    return flags(**values)


def _spread(word: str, ways: Mapping[str, _Way]) -> list[str]:
    """`-vv` is `-v -v`."""
    way = ways.get(word[:2])
    if way is None or not way.counted or word != f"-{word[1] * (len(word) - 1)}":
        return [word]
    return [word[:2]] * (len(word) - 1)


class _Way(Frozen):
    """One way to write an option."""

    field: str
    takes: Any
    least: int | None = None
    constant: bool | None = None  # what one without a value means
    counted: bool = False  # each time adds to it

    def put(self, text: str, values: dict[str, Any]) -> None:
        """Raises ValueError for what only Typer knows how to take, or to refuse."""
        text.encode()  # bytes that are no text are surrogates here
        several = get_origin(self.takes) is list
        value = (get_args(self.takes)[0] if several else self.takes)(text)
        if not text or (self.least is not None and value < self.least):
            raise ValueError
        if several:
            values.setdefault(self.field, []).append(value)
        elif self.field in values:
            raise ValueError
        else:
            values[self.field] = value


def _ways(flags: type[Any]) -> dict[str, _Way]:
    ways: dict[str, _Way] = {}
    for kind in reversed(flags.__mro__):
        for field, annotated in inspect.get_annotations(kind).items():
            if get_origin(annotated) is not AN_OPTION:
                continue
            hint, spelled = get_args(annotated)
            takes = _without_none(hint)
            if isinstance(spelled, PositionalOption):
                ways[POSITIONAL] = _Way(field=field, takes=takes)
            elif spelled.counted:
                ways |= dict.fromkeys(spelled.names, _Way(field=field, takes=takes, counted=True))
            elif takes is bool:
                for name in spelled.names:
                    for each, constant in zip(name.split("/"), (True, False), strict=False):
                        ways[each] = _Way(field=field, takes=takes, constant=constant)
            else:
                ways |= dict.fromkeys(spelled.names, _Way(field=field, takes=takes, least=spelled.min))
    return ways


def _without_none(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        return next(each for each in get_args(hint) if each is not type(None))
    return hint
