"""The JSON Schema of everything that `-o json` writes, generated from the events."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from devloop.loop import events as loop_events
from devloop.render.artifacts.report import RunReport
from devloop.render.jsonl import event_name
from runcmd import events
from runcmd.inspection import InspectedExecution, InspectedStep

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}

NESTED: Json = {
    "execution": {
        "type": "string",
        "description": "Of a nested execution: its id; a sub-agent's is that of its parent and of the call.",
    },
    "path": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Only of a nested execution: what started it, from the run's own execution downwards.",
    },
    "parent": {
        "type": "string",
        "description": "Only of a nested execution: the id of the execution that started it.",
    },
}


def event_schema() -> Json:
    """One object per line; a reader ignores what it does not know."""
    of_runs = [kind for kind in typing.get_args(events.Event) if kind is not events.Nested]
    kinds = [*of_runs, *typing.get_args(loop_events.LoopEvent)]
    shared: Json = {}
    described = {event_name(kind): _event(kind, shared) for kind in kinds}
    return {
        "$schema": DRAFT,
        "title": "Events of `stigmer run -o json`",
        "description": "Each line of standard output is one of these. Events and fields may be added.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in described],
        "$defs": described | shared,
    }


def execution_schema() -> Json:
    """What `stigmer executions show -o json` writes: an execution, or with `--task` one step of it."""
    shared: Json = {}
    kinds = [_type(kind, shared) for kind in (InspectedExecution, InspectedStep)]
    return {
        "$schema": DRAFT,
        "title": "An execution as `stigmer executions show -o json` writes it",
        "description": "One object: an execution, or with --task a step of one. Fields may be added.",
        "oneOf": kinds,
        "$defs": shared,
    }


def report_schema() -> Json:
    """What `--report json=PATH` writes: one command, with the runs that it was."""
    shared: Json = {}
    return {
        "$schema": DRAFT,
        "title": "The report of `stigmer run --report json=PATH`",
        "description": "One object. Fields may be added.",
        **_type(RunReport, shared),
        "$defs": shared,
    }


def _event(kind: type, shared: Json) -> Json:
    schema = _object(kind, shared)
    of_loop = kind in typing.get_args(loop_events.LoopEvent)
    common: Json = {
        "event": {"const": event_name(kind)},
        "at": {"type": "string", "format": "date-time"},
    }
    if not of_loop:
        common["gen"] = {
            "type": "integer",
            "description": "With --watch: the generation that the run belongs to.",
        }
        common["target"] = {
            "type": "string",
            "description": "What runs, where a command may run several things.",
        }
    if kind in typing.get_args(events.ExecutionEvent):
        common |= NESTED
    schema["properties"] = common | schema["properties"]
    schema["required"] = ["event", "at", *schema["required"]]
    return schema


def _object(kind: type, shared: Json) -> Json:
    hints = typing.get_type_hints(kind)
    members = [each for each in fields(kind) if each.name in hints]
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip().splitlines()[0],
        "properties": {each.name: _type(hints[each.name], shared) for each in members},
        # All are written, those with a default too.
        "required": [each.name for each in members],
    }


def _type(hint: Any, shared: Json) -> Json:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if hint is Path:
        return {"type": "string"}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_type(each, shared) for each in arguments]}
    if origin is tuple or origin is Sequence:
        return {"type": "array", "items": _type(arguments[0], shared)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(arguments[1], shared)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _shared(hint.__name__, lambda: _enum(hint), shared)
    if is_dataclass(hint) and isinstance(hint, type):
        return _shared(hint.__name__, lambda: _object(hint, shared), shared)
    raise TypeError(f"no schema for {hint}")


def _shared(name: str, make: Callable[[], Json], shared: Json) -> Json:
    if name not in shared:
        shared[name] = {}  # a step has steps
        shared[name] = make()
    return {"$ref": f"#/$defs/{name}"}


def _enum(hint: type[Enum]) -> Json:
    return {
        "enum": [each.value for each in hint],
        "description": (hint.__doc__ or "").strip().splitlines()[0],
    }
