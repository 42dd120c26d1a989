"""The documented form of the JSON lines is the one that is written."""

from __future__ import annotations

import json
from typing import get_args

import jsonschema
import pytest

from devloop.loop.events import (
    Cause,
    Explained,
    ExplanationShown,
    LoopEvent,
    PauseReason,
    RunStarted,
    StormPaused,
    WatchPaused,
)
from devloop.render.jsonl import JsonRenderer
from devloop.render.schema import event_schema
from runcmd.events import Event, Nested
from tests.devloop.render import scripts, write_schema
from tests.devloop.render.screens import Screen

LOOP: list[LoopEvent] = [
    RunStarted(gen=7, run=3, cause=Cause.CHANGE, changed=("main.py",), applied=1, total=2),
    WatchPaused(gen=7, reason=PauseReason.ASKED),
    StormPaused(gen=7, files=("out.json",), ignore=("/out.json",)),
    ExplanationShown(
        gen=7,
        cause=None,
        changed=(),
        seen=(Explained(path="a.pyc", reason="ignored"),),
        made_of=(Explained(path="main.go", reason="built into the Go program"),),
    ),
]


def test_the_committed_schemas_are_up_to_date() -> None:
    for file, text in write_schema.texts().items():
        assert file.read_text("utf-8") == text, "write it anew: python -m tests.devloop.render.write_schema"


def test_each_event_is_described() -> None:
    described = event_schema()["oneOf"]
    assert len(described) == len(set(get_args(Event)) - {Nested}) + len(get_args(LoopEvent))


@pytest.mark.parametrize("generation", [None, 7])
def test_what_is_written_is_what_is_described(screen: Screen, generation: int | None) -> None:
    renderer = JsonRenderer(screen.out_terminal, gen=generation)
    for event in (*scripts.WORKFLOW, *scripts.AGENT, *scripts.FAILED, *scripts.TOLD, *scripts.NESTED):
        renderer.show(event)
    teller = JsonRenderer(screen.out_terminal)
    for event in LOOP:
        teller.show(event)
    schema = event_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for line in screen.out.splitlines():
        record = json.loads(line)
        described = schema["$defs"][record["event"]]
        validator.validate(record)
        assert record.keys() - described["properties"].keys() == set()


def test_each_event_of_a_loop_has_its_generation() -> None:
    schema = event_schema()["$defs"]
    for kind in get_args(LoopEvent):
        assert "gen" in kind.__dataclass_fields__, kind
    assert schema["run_started"]["properties"]["gen"] == {"type": "integer"}
