"""What a model said in real runs, as the text of a script that says it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

ESCAPED = '{{ "{{" }}'  # a template whose value is the two braces
OTHER_BREAKS = frozenset("\r\x85\u2028\u2029")
SPECIAL = frozenset(r"\.^$*+?{}[]|()")


@dataclass(frozen=True, kw_only=True)
class SaidTurn:
    """What the model did when it was asked once: `calls` are tools with their arguments."""

    say: str = ""
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    fail: str = ""
    stop: str = ""  # why the answer is not whole: one of STOPS


@dataclass(frozen=True, kw_only=True)
class SaidExchange:
    """One message, and all that the model did until it had answered. `previous`: the message before."""

    message: str
    turns: tuple[SaidTurn, ...]
    previous: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordedScript:
    """`text` is YAML. `left_out`: exchanges that a script cannot tell from one before them."""

    text: str
    turns: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Those of the agent, and of each sub-agent that was asked, by its name."""

    exchanges: Sequence[SaidExchange]
    agents: Mapping[str, Sequence[SaidExchange]] = field(default_factory=dict)


def script_of(said: Recording, head: Sequence[str] = ()) -> RecordedScript:
    """`head`: lines that stand above it as comments."""
    mine, left_out = _told_apart(said.exchanges)
    helpers: dict[str, list[dict[str, Any]]] = {}
    for name, exchanges in said.agents.items():
        helpers[name], left = _told_apart(exchanges)
        left_out += left
    whole: Any = {"turns": mine, "agents": helpers} if helpers else mine
    text = "".join(f"# {line}\n" for line in head) + yaml.dump(
        whole, Dumper=_ScriptDumper, sort_keys=False, allow_unicode=True, width=100
    )
    count = len(mine) + sum(map(len, helpers.values()))
    return RecordedScript(text=text, turns=count, left_out=left_out)


def _told_apart(exchanges: Sequence[SaidExchange]) -> tuple[list[dict[str, Any]], int]:
    """The same message may have had several answers: then the message before it tells which is meant."""
    often = Counter(each.message for each in exchanges)
    known: set[tuple[str, str]] = set()
    turns: list[dict[str, Any]] = []
    left_out = 0
    for each in exchanges:
        again = often[each.message] > 1
        identity = (each.message, each.previous if again else "")
        if identity in known:
            left_out += 1
            continue
        known.add(identity)
        when: Any = _exactly(each.message)
        if again:
            when = {"message": when, "previous": _exactly(each.previous)}
        turns += [{"when": when, **turn} for turn in map(_turn, each.turns)]
    return turns, left_out


def _turn(said: SaidTurn) -> dict[str, Any]:
    turn: dict[str, Any] = {}
    if said.say:
        turn["say"] = _literal(said.say)
    calls = [{"tool": name, "args": _literal(dict(args))} for name, args in said.calls]
    if calls:
        turn["call"] = calls[0] if len(calls) == 1 else calls
    if said.stop:
        turn["stop"] = said.stop
    elif said.fail or not turn:
        turn["fail"] = _literal(said.fail or "the model said nothing")
    return turn


def _exactly(message: str) -> str:
    """A pattern of this text and no other."""
    return f"/\\A{''.join(_escaped(message))}\\Z/"


def _escaped(text: str) -> Iterator[str]:
    yield from (f"\\{character}" if character in SPECIAL else character for character in text)


def _literal(value: Any) -> Any:
    """As it is, also where it looks like a template. Numbers without a fraction are whole, as they were."""
    match value:
        case str():
            return value.replace("{{", ESCAPED)
        case list():
            return [_literal(item) for item in value]
        case dict():
            return {name: _literal(item) for name, item in value.items()}
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


class _ScriptDumper(yaml.SafeDumper):
    """Several lines are written as several lines; the same value twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # YAML reads each of its line breaks as a newline, so the others are written as what they are.
    style = '"' if OTHER_BREAKS.intersection(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_ScriptDumper.add_representer(str, _text)
