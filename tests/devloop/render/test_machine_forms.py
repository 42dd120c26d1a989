"""What other programs read: JSON lines, and only the answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from devloop.render.choose import FORMS, masked, run_renderer
from devloop.render.jsonl import JsonRenderer
from devloop.render.output import Output
from devloop.render.quiet import QuietRenderer
from runcmd.events import MessageStarted, Outcome, ProjectFound, Role, RunFinished, ToolCallChanged
from tests.devloop.render import scripts
from tests.devloop.render.screens import Screen


def test_each_event_is_one_object(screen: Screen) -> None:
    renderer = JsonRenderer(screen.out_terminal)
    for event in scripts.AGENT:
        renderer.show(event)
    objects = [json.loads(line) for line in screen.out.splitlines()]
    assert len(objects) == len(scripts.AGENT)
    assert objects[0]["event"] == "project_found"
    assert objects[0]["directory"] == str(scripts.PROJECT)
    assert objects[-1] | {"at": ""} == {
        "event": "run_finished",
        "at": "",
        "outcome": "succeeded",
        "exit_code": 0,
        "execution": "aex-01",
        "kind": "agent",
        "name": "data-processor",
        "seconds": 0.42,
        "totals": {
            "messages": 4,
            "tool_calls": 1,
            "tasks": 0,
            "completed": 0,
            "failed": 0,
            "skipped": 0,
            "cancelled": 0,
            "usage": {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0, "cost_usd": None},
        },
        "answer": "There are 3 orders.\nAll are fine.",
        "error": "",
        "hint": "",
        "details": [],
        "facts": {},
        "echoed": False,
        "mistakes": [],
    }
    assert all(datetime.fromisoformat(each["at"]).tzinfo for each in objects)
    assert all(each["at"].endswith("Z") for each in objects)
    assert screen.err == ""


def test_a_nested_execution_has_the_same_events_and_a_place(screen: Screen) -> None:
    renderer = JsonRenderer(screen.out_terminal)
    for event in scripts.NESTED:
        renderer.show(event)
    objects = [json.loads(line) for line in screen.out.splitlines()]
    calls = [each for each in objects if each["event"] == "tool_call_changed"]
    assert calls[0] | {"at": ""} == {
        "event": "tool_call_changed",
        "at": "",
        "execution": "aex-13/c7",
        "path": ["both/translate/child", "each[0]/ask", "checker"],
        "parent": "aex-13",
        "call": "c1",
        "name": "query_database",
        "state": "running",
        "arguments": '{"word": "Katze"}',
        "result": "",
        "error": "",
        "seconds": None,
        "diff": "",
        "exit_status": None,
    }
    created = [each for each in objects if each["event"] == "execution_created"]
    assert [(each["execution"], each["kind"], each.get("path")) for each in created] == [
        ("wex-03", "workflow", None),
        ("aex-11", "agent", ["both/review/ask"]),
        ("wex-12", "workflow", ["both/translate/child"]),
        ("aex-13", "agent", ["both/translate/child", "each[0]/ask"]),
        ("aex-13/c7", "agent", ["both/translate/child", "each[0]/ask", "checker"]),
    ]


def test_json_stays_json_whatever_the_text_and_the_encoding() -> None:
    said = 'a "quote"\n\x1b[31m€ \U0001f600 \udc80'
    for encoding in ("utf-8", "ascii"):
        screen = Screen(encoding)
        JsonRenderer(screen.out_terminal).show(MessageStarted(index=0, role=Role.AI, text=said))
        assert len(screen.out.splitlines()) == 1
        assert json.loads(screen.out)["text"] == said


def test_quiet_says_the_answer_and_nothing_else(screen: Screen) -> None:
    renderer = QuietRenderer(screen.out_terminal, screen.err_terminal)
    for event in scripts.AGENT:
        renderer.show(event)
    renderer.close()
    assert screen.out == "There are 3 orders.\nAll are fine.\n"
    assert screen.err == ""


def test_quiet_says_why_there_is_no_answer(screen: Screen) -> None:
    renderer = QuietRenderer(screen.out_terminal, screen.err_terminal)
    for event in scripts.FAILED[:-1]:
        renderer.show(event)
    end = scripts.FAILED[-1]
    assert isinstance(end, RunFinished)
    renderer.show(replace(end, answer="half an answer"))
    assert screen.out == ""
    assert screen.err.startswith("Error: task fetch failed")


def test_quiet_and_detached_is_the_id(screen: Screen) -> None:
    renderer = QuietRenderer(screen.out_terminal, screen.err_terminal)
    renderer.show(RunFinished(outcome=Outcome.DETACHED, exit_code=0, execution="aex-01"))
    assert screen.out == "aex-01\n"


def test_every_form_is_masked(screen: Screen) -> None:
    for output in Output:
        renderer = masked(run_renderer(output, screen.out_terminal, screen.err_terminal), {"s3cr3t"})
        renderer.show(ProjectFound(directory=Path("/p"), name="p", file=Path("/p/Stigmer.yaml")))
        for event in scripts.AGENT:
            if isinstance(event, ToolCallChanged):
                renderer.show(scripts.call(event.state, arguments='{"key": "s3cr3t"}', error="s3cr3t"))
        renderer.show(RunFinished(outcome=Outcome.FAILED, exit_code=1, execution="x", error="bad key s3cr3t"))
        renderer.close()
    assert "s3cr3t" not in screen.out + screen.err
    assert "***" in screen.out
    assert "***" in screen.err


def test_every_form_has_its_renderers() -> None:
    assert FORMS.keys() == set(Output)
