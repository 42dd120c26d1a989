"""What tool calls ask people: read from a snapshot, and compared with what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runcmd.events import Event, QuestionAnswered, QuestionAsked, Waits
from runcmd.frozen import Frozen

WAITING = "waiting"
TEXTS = ("server", "text", "diff", "url")
KNOWN = frozenset(
    {
        *("id", "kind", "state", "asked_at", "answered_at", "fingerprint", "tool", "reason", "by", "always"),
        *("held", *TEXTS),
    }
)


class QuestionView(Frozen):
    """One question of a call."""

    question: str
    kind: str
    state: str
    tool: str
    fingerprint: str
    texts: tuple[str, ...]  # as `TEXTS`
    details: str
    reason: str
    by: str
    always: bool


def questions_in(facts: Mapping[str, Any], tool: str) -> tuple[QuestionView, ...]:
    """`facts`: what our own backend knows of a call."""
    asked = facts.get("questions")
    return tuple(
        QuestionView(
            question=str(each.get("id", "")),
            kind=str(each.get("kind", "")),
            state=str(each.get("state", "")),
            tool=str(each.get("tool") or tool),
            fingerprint=str(each.get("fingerprint", "")),
            texts=tuple(str(each.get(name, "")) for name in TEXTS),
            details=_json({name: value for name, value in each.items() if name not in KNOWN}),
            reason=str(each.get("reason", "")),
            by=str(each.get("by", "")),
            always=each.get("always") is True,
        )
        for each in (asked if isinstance(asked, list) else ())
        if isinstance(each, dict)
    )


def question_news(
    execution: str,
    call: str,
    arguments: str,
    before: tuple[QuestionView, ...],
    after: tuple[QuestionView, ...],
) -> Iterator[Event]:
    """Questions that are new, and answers that are. One that both are is told with both."""
    seen = {each.question: (each.state, each.fingerprint) for each in before}
    for each in after:
        state, fingerprint = seen.get(each.question, ("", ""))
        if not state or fingerprint != each.fingerprint:
            state = WAITING
            yield QuestionAsked(
                question=each.question,
                execution=execution,
                call=call,
                kind=each.kind,
                tool=each.tool,
                arguments=arguments,
                **dict(zip(TEXTS, each.texts, strict=True)),
                details=each.details,
                fingerprint=each.fingerprint,
                hint=how_to_answer(execution, each),
            )
        if state == WAITING != each.state:
            yield QuestionAnswered(
                question=each.question,
                execution=execution,
                call=call,
                kind=each.kind,
                tool=each.tool,
                state=each.state,
                reason=each.reason,
                by=each.by,
                always=each.always,
            )


def waits_for_answers(execution: str, asked: Iterable[QuestionView]) -> Iterator[Waits]:
    """Those that nobody has answered, each with the command that does."""
    for each in asked:
        if each.state == WAITING:
            what = "must be approved" if each.kind == "approval" else "asks something"
            yield Waits(
                on=f"{each.kind} {each.question}",
                text=f"{each.tool} {what}",
                hint=how_to_answer(execution, each),
                task="",
                seconds=None,
            )


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(details, ensure_ascii=False) if details else ""


def how_to_answer(execution: str, question: QuestionView) -> str:
    if question.kind == "form":
        return f"stigmer executions follow {execution}"
    return f"stigmer executions approve {execution} {question.question}"
