"""A JSON object of `-o json` becomes the event that it was made of."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from devloop.loop.events import LoopEvent
from devloop.render.jsonl import event_name
from runcmd.events import Event, ExecutionCreated, ExecutionEvent, Nested, NestedExecution, TargetKind

KINDS: Mapping[str, type] = {
    event_name(kind): kind
    for kind in (*typing.get_args(Event), *typing.get_args(LoopEvent))
    if kind is not Nested
}
OF_EXECUTIONS = frozenset(typing.get_args(ExecutionEvent))


class UnknownEventError(ValueError):
    """Of a newer version, perhaps."""


class Decoder:
    """Of one transcript: who a nested execution is, its first event says."""

    def __init__(self) -> None:
        self._nested: dict[str, NestedExecution] = {}

    def event(self, record: Mapping[str, Any]) -> Event | LoopEvent:
        """Fields that are not known are left out.

        Raises:
            UnknownEventError: there is no such event, or not with such values.
        """
        kind = KINDS.get(record.get("event", ""))
        if kind is None:
            raise UnknownEventError
        try:
            event = _value(kind, record)
            if kind in OF_EXECUTIONS and "path" in record:
                return Nested(nested=self._place(record, event), event=event)
        except (TypeError, ValueError, KeyError) as error:
            raise UnknownEventError from error
        return typing.cast("Event | LoopEvent", event)

    def _place(self, record: Mapping[str, Any], event: object) -> NestedExecution:
        execution, parent = record["execution"], record["parent"]
        known = self._nested.get(execution)
        if known is None:
            path = _value(tuple[str, ...], record["path"])
            created = event if isinstance(event, ExecutionCreated) else None
            known = self._nested[execution] = NestedExecution(
                execution=execution,
                kind=created.kind if created else TargetKind.AGENT,
                name=created.name if created else path[-1],
                path=path,
                parent=parent,
                # A sub-agent's id is that of its parent and of the call that it is.
                origin=execution.removeprefix(f"{parent}/")
                if execution.startswith(f"{parent}/")
                else path[-1],
            )
        return known


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any) -> Any:
    """Raises TypeError or ValueError for a value of another type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _value(next(each for each in arguments if each is not type(None)), value)
    if origin in (tuple, Sequence):
        return tuple(_value(arguments[0], each) for each in _of(list, value))
    if origin is Mapping:
        return {_of(str, name): _value(arguments[1], each) for name, each in _of(dict, value).items()}
    if isinstance(hint, type) and (issubclass(hint, Enum) or hint is Path):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return _object(hint, _of(dict, value))
    if hint is float and type(value) is int:
        return float(value)
    return _of(hint, value)


def _object(kind: type, record: Mapping[str, Any]) -> Any:
    known = {}
    hints = _hints(kind)
    for each in fields(kind):
        if each.name in record:
            known[each.name] = _value(hints[each.name], record[each.name])
        elif each.default is MISSING and each.default_factory is MISSING:
            raise TypeError(f"{kind.__name__} misses {each.name}")
    return kind(**known)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
