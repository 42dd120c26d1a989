"""The events of a watch loop in a file, one JSON object a line, and back again."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from devloop.loop.events import LoopEvent
from devloop.render.jsonl import plain_value
from runcmd.events import Event, Nested, NestedExecution

Shown = tuple[int, Event | LoopEvent, str]  # the generation, what was shown, and of which target
Recorded = list[Shown]

STORIES = Path(__file__).parent / "golden" / "loop"
KINDS = {kind.__name__: kind for kind in (*typing.get_args(Event), *typing.get_args(LoopEvent))}


def write(file: Path, events: Iterable[Shown], home: Path) -> None:
    """`home` is the directory of the recorded project, which has another name in the file."""
    lines = [json.dumps(_record(*shown), ensure_ascii=False) for shown in events]
    file.write_text("".join(f"{line}\n" for line in lines).replace(str(home), "/home/ada/demo"), "utf-8")


def read(file: Path) -> Recorded:
    return [_event(json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def _record(gen: int, event: Event | LoopEvent, target: str) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    if isinstance(event, Nested):
        nested, event = {"nested": plain_value(event.nested)}, event.event
    kind = {"gen": gen, "event": type(event).__name__, **({"of": target} if target else {})}
    return kind | nested | _members(event)


def _members(event: Event | LoopEvent) -> dict[str, Any]:
    return {name: value for name, value in plain_value(event).items() if name != "gen"}


def _event(record: dict[str, Any]) -> Shown:
    gen, kind, target = record.pop("gen"), KINDS[record.pop("event")], record.pop("of", "")
    if nested := record.pop("nested", None):
        return gen, Nested(nested=_value(NestedExecution, nested), event=_value(kind, record)), target
    if any(each.name == "gen" for each in fields(kind)):
        record["gen"] = gen
    return gen, _value(kind, record), target


def _value(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if value is None:
        return None
    if origin in (typing.Union, types.UnionType):
        return _value(next(each for each in arguments if each is not type(None)), value)
    if origin in (tuple, Sequence):
        return tuple(_value(arguments[0], each) for each in value)
    if origin is Mapping:
        return dict(value)
    if isinstance(hint, type) and (issubclass(hint, Enum) or hint is Path):
        return hint(value)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        return hint(**{name: _value(hints[name], each) for name, each in value.items()})
    return value
