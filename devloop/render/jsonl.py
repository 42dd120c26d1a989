"""A run as JSON lines, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devloop.render.clock import now
from devloop.terminal.stream import Terminal
from devloop.terminal.visible import safe_json
from runcmd.events import Event, Nested, NestedExecution

if TYPE_CHECKING:
    from devloop.loop.events import LoopEvent

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class JsonRenderer:
    """One object per line and nothing else.

    The events of a watch loop's run have its generation, `gen`, and those of one of its executions `target`.
    """

    def __init__(self, out: Terminal, *, gen: int | None = None, target: str = "") -> None:
        self._out = out
        self._common: dict[str, object] = {} if gen is None else {"gen": gen}
        if target:
            self._common["target"] = target

    def show(self, event: Event | LoopEvent) -> None:
        self._out.record(json_line(event, self._common, ascii_only=not self._out.encoding.startswith("utf")))
        self._out.flush()

    def close(self) -> None:
        self._out.flush()


def json_line(event: Event | LoopEvent, common: Mapping[str, object], *, ascii_only: bool = False) -> str:
    """One event as a line, without its end; `common`: what all events of its run have."""
    if isinstance(event, Nested):
        common = {**common, **_place(event.nested)}
        event = event.event
    record = {"event": event_name(type(event)), "at": _now(), **common, **plain_value(event)}
    return safe_json(json.dumps(record, ensure_ascii=ascii_only))


def _place(nested: NestedExecution) -> dict[str, object]:
    """What a nested execution's events have beside those of the run's own."""
    return {"execution": nested.execution, "path": list(nested.path), "parent": nested.parent}


def event_name(kind: type) -> str:
    """`TaskStarted` → `task_started`."""
    return _snake_case(kind.__name__)


@cache
def _snake_case(name: str) -> str:
    return _WORD_START.sub("_", name).lower()


def _now() -> str:
    return now().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain_value(value: object) -> Any:
    """A value as JSON knows it: enums by value, paths as text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return value
