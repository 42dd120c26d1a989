"""Every event that `-o json` writes can be read again, and is the same."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from devloop.render.jsonl import json_line
from devloop.render.replay.decode import KINDS, OF_EXECUTIONS, Decoder, UnknownEventError
from devloop.render.replay.lines import TranscriptReader
from runcmd.errors import UsageError
from runcmd.events import ExecutionCreated, Nested, NestedExecution, TargetKind, TaskStarted
from tests.devloop.render import recorded


def sample(hint: Any) -> Any:
    """A value of that type, other than its default where there is one."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return sample(next(each for each in arguments if each is not type(None)))
    if origin in (tuple, Sequence):
        return (sample(arguments[0]), sample(arguments[0]))
    if origin is Mapping:
        return {"name": sample(arguments[1])}
    if hint is Path:
        return Path("/a/b")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    if isinstance(hint, type) and is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return hint(**{each.name: sample(hints[each.name]) for each in fields(hint)})
    return {str: "text ☕", int: 7, float: 2.5, bool: True}[hint]


def bare(hint: type) -> Any:
    """With what has a default left as it is, and nothing where there may be nothing."""
    hints = typing.get_type_hints(hint)
    values = {
        each.name: None if type(None) in typing.get_args(hints[each.name]) else sample(hints[each.name])
        for each in fields(hint)
    }
    return hint(**values)


@pytest.mark.parametrize("name", KINDS)
def test_each_event_is_the_same_after_it_was_written(name: str) -> None:
    for event in (sample(KINDS[name]), bare(KINDS[name])):
        assert Decoder().event(json.loads(json_line(event, {}))) == event


@pytest.mark.parametrize("name", sorted(name for name, kind in KINDS.items() if kind in OF_EXECUTIONS))
def test_each_event_of_a_nested_execution_is_the_same(name: str) -> None:
    for execution, origin in (("aex-2", "loop[0]/ask"), ("aex-1/call-9", "call-9")):
        nested = NestedExecution(
            execution=execution,
            kind=TargetKind.AGENT,
            name="poet",
            path=("loop[0]/ask",),
            parent="aex-1",
            origin=origin,
        )
        decoder = Decoder()
        created = ExecutionCreated(execution=execution, kind=TargetKind.AGENT, name="poet")
        for event in (created, sample(KINDS[name])):
            if hasattr(event, "execution"):
                event = type(event)(**{**vars(event), "execution": execution})
            whole = Nested(nested=nested, event=event)
            assert decoder.event(json.loads(json_line(whole, {}))) == whole


@pytest.mark.parametrize("story", sorted(recorded.STORIES.glob("*.jsonl")), ids=lambda file: file.stem)
def test_recorded_watch_loops_are_the_same(story: Path) -> None:
    decoder = Decoder()
    for gen, event, target in recorded.read(story):
        common: dict[str, object] = {"gen": gen} | ({"target": target} if target else {})
        assert decoder.event(json.loads(json_line(event, common))) == event


def started(**changes: object) -> dict[str, Any]:
    event = TaskStarted(task="a", name="a", kind="set")
    return {**json.loads(json_line(event, {})), **changes}


def test_what_a_newer_version_adds_is_left_out() -> None:
    assert Decoder().event(started(colour="blue")) == TaskStarted(task="a", name="a", kind="set")
    with pytest.raises(UnknownEventError):
        Decoder().event(started(event="task_dreamt"))


@pytest.mark.parametrize("wrong", [{"task": 7}, {"task": None}, {"parts": "many"}, {"task": ["a"]}])
def test_values_of_another_type_make_no_event(wrong: dict[str, object]) -> None:
    with pytest.raises(UnknownEventError):
        Decoder().event(started(**wrong))


def test_only_the_last_line_may_be_torn() -> None:
    reader = TranscriptReader("run.jsonl")
    whole = json.dumps(started()).encode()
    assert reader.read(whole + b"\n") is not None
    assert reader.read(b"\n") is None
    assert reader.read(whole[:-9]) is None
    with pytest.raises(UsageError, match=r"run\.jsonl:4 is not JSON"):
        reader.read(whole[:-9] + b"\n")
    with pytest.raises(UsageError, match=r"run\.jsonl:1 is not JSON"):
        TranscriptReader("run.jsonl").read(b"root:x:0")


@pytest.mark.parametrize("text", [b"[]", b"7", b'{"a": 1}', b'{"event": 7}', b"[" * 100_000])
def test_what_is_no_event_is_no_transcript(text: bytes) -> None:
    with pytest.raises(UsageError, match="this is no transcript"):
        TranscriptReader("run.jsonl").read(text + b"\n")
