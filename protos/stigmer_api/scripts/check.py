"""What is wrong with a script, before any model has to read it?"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from stigmer_api.scripts.model import BadScript, Script, Turn
from stigmer_api.scripts.parser import parse
from stigmer_api.scripts.templates import FILTERS, PLACE, TemplateError, parse_filter, split_pipes, tokens

OF_TURN = frozenset(("count", "json", "memory", "message", "previous", "result", "result_json", "results"))
ROOTS = OF_TURN | {"agent", "env", "instructions", "tools"}


class ScriptMistake(NamedTuple):
    line: int  # 0: of no line
    problem: str
    nearest: str


def mistakes_in(text: str) -> list[ScriptMistake]:
    """That it cannot be read; else places in its texts that name a root or a filter which is not there."""
    try:
        script = parse(text)
    except BadScript as error:
        _, meant, rest = error.problem.partition('did you mean "')
        return [ScriptMistake(error.line, error.problem, rest.partition('"')[0] if meant else "")]
    return [mistake for turn in _turns(script) for mistake in _of_turn(turn, text.splitlines())]


def _turns(script: Script) -> Iterator[Turn]:
    yield from script.turns
    for turns in script.agents.values():
        yield from turns


def _of_turn(turn: Turn, lines: list[str]) -> Iterator[ScriptMistake]:
    texts = [
        turn.say,
        turn.fail,
        *turn.remember.values(),
        *(text for call in turn.calls for text in _texts(call.args)),
    ]
    for place in (found for text in texts for found in PLACE.finditer(text)):
        if (wrong := _wrong(place[1])) is not None:
            problem, nearest = wrong
            yield ScriptMistake(_line(turn.line, place[0], lines), problem, nearest)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from (text for each in value.values() for text in _texts(each))
        case list():
            yield from (text for each in value for text in _texts(each))


def _wrong(expression: str) -> tuple[str, str] | None:
    try:
        head, *pipeline = split_pipes(tokens(expression), expression)
    except TemplateError as error:
        return str(error), ""
    kind, root = head[0]
    names = [part[0][1] for part in pipeline]
    if kind == "name" and root not in ROOTS and "default" not in names:
        return _unknown(f"there is no `{root}`", root, ROOTS)
    for name, part in zip(names, pipeline, strict=True):
        if name not in FILTERS and name != "default":
            return _unknown(f"there is no filter `{name}`", name, {*FILTERS, "default"})
        try:
            parse_filter(part, expression)
        except TemplateError as error:
            return str(error), ""
    return None


def _unknown(what: str, name: str, known: Collection[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f' (did you mean "{near[0]}"?)' if near else f"; there are {', '.join(sorted(known))}"
    return what + hint, near[0] if near else ""


def _line(first: int, place: str, lines: list[str]) -> int:
    """Where the place stands, from the turn's first line on."""
    return next((at for at in range(first, len(lines) + 1) if place in lines[at - 1]), first)
