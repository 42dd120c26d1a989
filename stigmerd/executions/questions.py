"""What executions ask people: written down, shown, answered once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from stigmerd.executions.records import QuestionSet, Record
from stigmerd.store.clock import now
from stigmerd.store.json import Json

WAITING, ENDED = "WAITING", "ENDED"
ACCEPTED, DECLINED, PUT_AWAY = "ACCEPTED", "DECLINED", "CANCELLED"
STATES = {"accept": ACCEPTED, "decline": DECLINED, "cancel": PUT_AWAY}
ACTIONS = {state: action for action, state in STATES.items()}
HELD = "held"  # in an answer that nobody has taken yet: it came while the backend was starting again
MOST_REASON_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What somebody decided. `content`, what was filled in, is never stored."""

    action: str  # `accept`, `decline`, `cancel`
    reason: str = ""
    always: bool = False
    by: str = ""
    content: Json = None


Deliver = Callable[[Decided], None]


class AnswerRefusedError(Exception):
    """A question that is not there, or waits no more; the text says which."""

    def __init__(self, text: str, *, known: bool) -> None:
        super().__init__(text)
        self.known = known


@dataclass(slots=True)
class _Asked:
    question: QuestionSet
    deliver: Deliver | None = None
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Execution:
    asked: dict[str, _Asked] = field(default_factory=dict)
    always: set[str] = field(default_factory=set)  # tools


class Questions:
    """The questions of all agent executions at work. Nothing waits between a look at one and its change."""

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._executions: dict[str, _Execution] = {}

    def remember(self, execution_id: str, questions: Mapping[str, QuestionSet]) -> None:
        """What it asked before the backend stopped; each waits for who asked it to come back."""
        mine = self._of(execution_id)
        for question in questions.values():
            mine.asked[question.id] = _Asked(question)
            if question.output.get("always") and question.state == ACCEPTED:
                mine.always.add(_tool(question))

    def forget(self, execution_id: str) -> None:
        """Nobody listens to answers any more: it is over, or the backend stops."""
        if (mine := self._executions.pop(execution_id, None)) is not None:
            for asked in mine.asked.values():
                _stop(asked)

    def ask(self, execution_id: str, question: QuestionSet, deliver: Deliver) -> Decided | None:
        """Writes down a question; it is masked already. The answer at once where there is one already.

        Else `deliver` gets it. One that was asked before with the same words is not asked twice.
        Raises KeyError, TooMuch.
        """
        mine = self._of(execution_id)
        known = mine.asked.get(question.id)
        if known is not None and fingerprint(known.question) == fingerprint(question):
            if known.question.state == WAITING:
                known.deliver = deliver
                self._time(execution_id, known)
                return None
            if known.question.output.get(HELD):
                output = {key: value for key, value in known.question.output.items() if key != HELD}
                self._set(execution_id, known, replace(known.question, output=output))
                return _answer_of(known.question)
        asked = mine.asked[question.id] = _Asked(question, deliver)
        if question.kind == "approval" and _tool(question) in mine.always:
            answer = Decided(action="accept", by="always in this run")
            self._set(execution_id, asked, _answered(question, answer, held=False))
            return answer
        self._set(execution_id, asked, question)
        self._time(execution_id, asked)
        return None

    def decide(self, execution_id: str, question: QuestionSet, answer: Decided) -> None:
        """Writes down what a rule has answered; nobody is asked."""
        asked = self._of(execution_id).asked[question.id] = _Asked(question)
        self._set(execution_id, asked, _answered(question, answer, held=False))

    def withdraw(self, execution_id: str, question_id: str) -> None:
        """Who asked does not wait any more."""
        asked = self._of(execution_id).asked.get(question_id)
        if asked is not None and asked.question.state == WAITING:
            self._set(execution_id, asked, replace(asked.question, state=ENDED, answered_at=now()))
            _stop(asked)

    def answer(
        self, execution_id: str, question_id: str, answer: Decided, *, seen: str = ""
    ) -> list[Callable[[], None]]:
        """Writes the answer down. Returns what hands it on, once it cannot be lost.

        Args:
            seen: the fingerprint of the question that was seen; empty: whatever it asks now.

        Raises AnswerRefusedError.
        """
        mine = self._executions.get(execution_id)
        asked = mine.asked.get(question_id) if mine is not None else None
        if mine is None or asked is None:
            raise AnswerRefusedError(f"{execution_id} asks nothing called {question_id}", known=False)
        question = asked.question
        if question.state != WAITING:
            raise AnswerRefusedError(f"{question_id} waits no more: {how_it_ended(question)}", known=True)
        if seen and seen != fingerprint(question):
            raise AnswerRefusedError(f"{question_id} asks something else now: look again", known=True)
        answered = [asked]
        if answer.always and answer.action == "accept" and question.kind == "approval":
            mine.always.add(_tool(question))
            answered += [
                each
                for each in mine.asked.values()
                if each is not asked
                and each.question.state == WAITING
                and each.question.kind == "approval"
                and _tool(each.question) == _tool(question)
            ]
        for each in answered:
            self._set(execution_id, each, _answered(each.question, answer, held=each.deliver is None))
            _stop(each)
        return [_handing(each.deliver, answer) for each in answered if each.deliver is not None]

    def open(self) -> Iterator[tuple[str, QuestionSet]]:
        """Those that wait, with their executions."""
        for execution_id, mine in self._executions.items():
            for asked in mine.asked.values():
                if asked.question.state == WAITING:
                    yield execution_id, asked.question

    def find(self, execution_id: str, question_id: str) -> QuestionSet | None:
        """One that is at work asked it, or nobody."""
        mine = self._executions.get(execution_id)
        asked = mine.asked.get(question_id) if mine is not None else None
        return asked.question if asked is not None else None

    def _of(self, execution_id: str) -> _Execution:
        return self._executions.setdefault(execution_id, _Execution())

    def _set(self, execution_id: str, asked: _Asked, question: QuestionSet) -> None:
        record: Record = question
        self._record(execution_id, record)
        asked.question = question

    def _time(self, execution_id: str, asked: _Asked) -> None:
        """It waits for so long since it was asked, also over a restart."""
        seconds = asked.question.input.get("timeout")
        if not isinstance(seconds, int | float) or seconds <= 0 or asked.timer is not None:
            return
        left = seconds - _seconds_since(asked.question.asked_at)
        asked.timer = asyncio.get_running_loop().call_later(
            max(left, 0), self._too_late, execution_id, asked, f"nobody answered within {seconds:g} s"
        )

    def _too_late(self, execution_id: str, asked: _Asked, reason: str) -> None:
        if asked.question.state == WAITING:
            answer = Decided(action="decline", reason=reason, by="time limit")
            self._set(execution_id, asked, _answered(asked.question, answer, held=asked.deliver is None))
            if asked.deliver is not None:
                asked.deliver(answer)


def fingerprint(question: QuestionSet) -> str:
    """Of what is asked: a question about another call, or other arguments, has another one."""
    return str(question.input.get("fingerprint", ""))


def fingerprint_of(kind: str, asked: Json) -> str:
    text = json.dumps([kind, asked], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def how_it_ended(question: QuestionSet) -> str:
    """In a few words, to somebody who came too late."""
    words = {
        ACCEPTED: "approved" if question.kind == "approval" else "answered",
        DECLINED: "denied" if question.kind == "approval" else "declined",
        PUT_AWAY: "put away",
        ENDED: "over before somebody answered",
    }
    by = question.output.get("by")
    return f"{words[question.state]}{f' ({by})' if by else ''}"


def _answered(question: QuestionSet, answer: Decided, *, held: bool) -> QuestionSet:
    output: dict[str, Json] = {"reason": answer.reason[:MOST_REASON_CHARACTERS], "by": answer.by}
    if answer.always:
        output["always"] = True
    if held:
        output[HELD] = True
    return replace(
        question,
        state=STATES[answer.action],
        output={name: value for name, value in output.items() if value},
        answered_at=now(),
    )


def _answer_of(question: QuestionSet) -> Decided:
    output = question.output
    return Decided(
        action=ACTIONS[question.state],
        reason=str(output.get("reason", "")),
        always=bool(output.get("always")),
        by=str(output.get("by", "")),
    )


def _handing(deliver: Deliver, answer: Decided) -> Callable[[], None]:
    return lambda: deliver(answer)


def _tool(question: QuestionSet) -> str:
    return f"{question.input.get('server', '')}/{question.input.get('tool', '')}"


def _stop(asked: _Asked) -> None:
    if asked.timer is not None:
        asked.timer.cancel()
        asked.timer = None


def _seconds_since(at: str) -> float:
    from datetime import UTC, datetime

    return (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
