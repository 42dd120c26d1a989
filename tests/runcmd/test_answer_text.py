"""What an agent did and said, as text that can be compared."""

from __future__ import annotations

from runcmd.answer_text import AnswerText
from runcmd.events import (
    CallState,
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Outcome,
    Role,
    RunFinished,
    ToolCallChanged,
)


def call(state: CallState, result: str = "", error: str = "") -> ToolCallChanged:
    return ToolCallChanged(
        call="c1", name="add", state=state, arguments='{"a":2}', result=result, error=error, seconds=None
    )


def text_of(*events: Event) -> AnswerText:
    text = AnswerText()
    for event in events:
        text.hear(event)
    return text


def test_messages_and_calls_stand_in_their_order() -> None:
    text = text_of(
        MessageStarted(index=0, role=Role.HUMAN, text="add"),
        MessageStarted(index=1, role=Role.AI, text="Let me"),
        MessageGrew(index=1, role=Role.AI, more=" see."),
        call(CallState.RUNNING),
        MessageStarted(index=2, role=Role.AI, text="It is 4"),
        MessageReplaced(index=2, role=Role.AI, text="It is 5"),
        call(CallState.COMPLETED, "5"),
    )
    assert text.text == 'Let me see.\nadd {"a":2} = 5\nIt is 5'
    assert not text.complete


def test_a_call_that_failed_says_why() -> None:
    assert text_of(call(CallState.FAILED, error="no room")).text == 'add {"a":2} failed: no room'


def test_only_an_answer_that_succeeded_is_complete() -> None:
    assert text_of(RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0)).complete
    assert not text_of(RunFinished(outcome=Outcome.CANCELLED, exit_code=130)).complete
