"""Each text is on the screen once: messages, outputs, and the reason of a failure."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runcmd.events import (
    CallState,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Outcome,
    Role,
    RunFinished,
    SubAgentChanged,
    TargetKind,
    TaskNoted,
    TaskState,
)
from tests.devloop.render import scripts
from tests.devloop.render.screens import Screen

SHOUT = (
    "the activity shout raised ValueError: cannot shout: Traceback (most recent call last):\n"
    '  File "/home/ada/demo/main.py", line 9, in shout\n'
    "    raise ValueError('cannot shout')\n"
    "ValueError: cannot shout\n"
)
PAGE = "<html><head><title>502 Bad Gateway</title></head><body><p>nginx</p>" + "<br>" * 500
POEM = "The sea is wide,\nthe sea is blue,\n" + "and so are you. " * 10
CREATED = ExecutionCreated(execution="wex-01", kind=TargetKind.WORKFLOW, name="w")


def failed(task: str, error: str) -> list[Event]:
    """A task fails with this error, and the run with it."""
    return [
        CREATED,
        scripts.started(task, task),
        scripts.finished_task(task, task, TaskState.FAILED, error),
        end(Outcome.FAILED, error=f"task {task} failed: {error}"),
    ]


def end(outcome: Outcome, *, error: str = "", answer: str = "") -> RunFinished:
    kind = TargetKind.WORKFLOW
    return RunFinished(
        outcome=outcome, exit_code=1, execution="wex-01", kind=kind, error=error, answer=answer
    )


def test_a_reason_stands_below_its_task_and_on_one_line_at_the_end(screen: Screen) -> None:
    screen.plain(failed("yell", SHOUT))
    assert (
        "✗ Task: yell [Failed] 200ms\n"
        "   ValueError: cannot shout\n"
        '     File "/home/ada/demo/main.py", line 9, in shout\n'
        "       raise ValueError('cannot shout')\n"
        "❌ Execution failed\n"
    ) in screen.out
    assert screen.err == "Error: task yell failed: ValueError: cannot shout (main.py:9)\n"


def test_a_reason_that_stands_nowhere_else_is_whole_at_the_end(screen: Screen) -> None:
    screen.plain([CREATED, end(Outcome.FAILED, error="the first reason\nwith a second line")])
    assert screen.err == "Error: the first reason\n  with a second line\n"


def test_what_fails_because_of_another_task_does_not_say_it_again(screen: Screen) -> None:
    outer = "workflow inner failed (wex-02): task ask failed: agent grump failed (aex-01): it says no"
    screen.plain(
        [
            CREATED,
            scripts.finished_task("ask", "ask", TaskState.FAILED, "agent grump failed (aex-01): it says no"),
            scripts.finished_task("child", "child", TaskState.FAILED, outer),
            end(Outcome.FAILED, error=f"task child failed: {outer}"),
        ]
    )
    assert screen.out.count("it says no") == 1
    assert "   workflow inner failed: task ask failed: agent grump failed (see above)\n" in screen.out
    assert screen.err == "Error: task child › ask failed: agent grump failed: it says no\n"


@pytest.mark.parametrize(
    ("body", "short"),
    [
        (PAGE, "502 Bad Gateway: nginx"),
        (
            json.dumps({"error": {"message": "Quota exceeded", "code": 429}, "id": "x" * 99}),
            "Quota exceeded (429)",
        ),
    ],
)
def test_a_page_or_json_in_a_reason_is_its_message(screen: Screen, body: str, short: str) -> None:
    screen.plain(failed("page", f"HTTP 502 from GET http://shop/: {body}"))
    assert f"\n   HTTP 502 from GET http://shop/: {short}\n" in screen.out
    assert screen.err == f"Error: task page failed: HTTP 502 from GET http://shop/: {short}\n"


def test_an_output_refers_to_a_long_message_that_it_repeats(screen: Screen) -> None:
    answer = json.dumps({"poem": POEM, "short": "so it is", "other": "x" * 200})
    screen.plain(
        [
            CREATED,
            MessageStarted(index=0, role=Role.AI, text=POEM[:10]),
            MessageGrew(index=0, role=Role.AI, more=POEM[10:]),
            MessageStarted(index=1, role=Role.AI, text="so it is"),
            end(Outcome.SUCCEEDED, answer=answer),
        ]
    )
    output = screen.out.partition("Output: ")[2].partition("\n\n")[0]
    shown = json.loads(output)
    assert shown["poem"] == "The sea is wide, the sea is blue, and so… (see above)"
    assert shown["short"] == "so it is"
    assert shown["other"] == "x" * 200


def test_an_output_that_stands_nowhere_else_is_whole(screen: Screen) -> None:
    screen.plain(
        [
            CREATED,
            MessageStarted(index=0, role=Role.AI, text="another"),
            MessageReplaced(index=0, role=Role.AI, text="yet another"),
            end(Outcome.SUCCEEDED, answer=json.dumps({"poem": POEM})),
        ]
    )
    assert json.dumps(POEM) in screen.out


def test_a_note_that_a_late_snapshot_repeats_is_shown_once(screen: Screen) -> None:
    note = TaskNoted(task="page", name="page", text="HTTP 502; trying again in 1 s")
    screen.plain([CREATED, note, replace(note, text="attempt 2"), note])
    assert screen.out.count("trying again in 1 s") == 1


def test_the_output_of_a_sub_agent_stands_once(screen: Screen) -> None:
    sub = SubAgentChanged(
        call="c1",
        name="query_database",
        state=CallState.COMPLETED,
        input="",
        output="3 rows",
        error="",
        seconds=0.5,
    )
    screen.plain([sub, scripts.call(CallState.COMPLETED, result="3 rows")])
    assert screen.out.count("3 rows") == 1
    twice = Screen().plain([scripts.call(CallState.COMPLETED, result="3 rows")] * 2)
    assert twice.out.count("3 rows") == 2, "two calls may well return the same"


def test_a_call_that_is_only_announced_does_not_cut_the_message_that_makes_it(screen: Screen) -> None:
    screen.plain(
        [
            MessageStarted(index=0, role=Role.AI, text="I ask"),
            scripts.call(CallState.PENDING, arguments='{"of": 1}'),
            MessageGrew(index=0, role=Role.AI, more=" the database."),
            scripts.call(CallState.RUNNING, arguments='{"of": 1}'),
        ]
    )
    assert screen.out == (
        "🤖 Agent: I ask the database.\n"
        '⏳ Tool: query_database [Pending]\n   {"of": 1}\n🔧 Tool: query_database [Running]\n'
    )


def test_a_code_that_only_the_outer_text_has_makes_it_no_other_reason(screen: Screen) -> None:
    outer = f"workflow inner failed (wex-02): task yell failed: {SHOUT} [E0706]"
    screen.plain(
        [
            CREATED,
            scripts.finished_task("yell", "yell", TaskState.FAILED, SHOUT),
            scripts.finished_task("child", "child", TaskState.FAILED, outer),
            end(Outcome.FAILED, error=f"task child failed: {outer}"),
        ]
    )
    assert screen.out.count("cannot shout") == 2, "in the message and in its frame"
    assert screen.err.startswith("Error: task child › yell failed: ValueError: cannot shout (main.py:9)\n")
