"""What is new in the conversation of an agent, and in those of its sub-agents?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from runcmd.events import (
    CallState,
    Event,
    ExecutionCreated,
    ExecutionEvent,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Nested,
    NestedExecution,
    Phase,
    PhaseChanged,
    Role,
    SubAgentChanged,
    TargetKind,
    ToolCallChanged,
)
from runcmd.follow.questions import question_news
from runcmd.follow.view import ENDED, Message, SubAgentView, View, progress
from runcmd.times import seconds_between

PROMPT_INDEX = -1  # the user's message, where the server does not list it

Changed = Callable[[str], Iterator[Event]]  # what is new about a call


def conversation(before: View, after: View) -> Iterator[Event]:
    """Messages, each followed by the calls that it makes, and by the work of the sub-agents that it asks."""
    unlisted = bool(after.prompt) and not before.messages and bool(after.messages)
    if unlisted and after.messages[0].role is not Role.HUMAN:
        yield MessageStarted(index=PROMPT_INDEX, role=Role.HUMAN, text=after.prompt)
    yield from _Calls(before, after).all()


class _Calls:
    """The tool calls of an execution, those of its sub-agents among them, each told once."""

    def __init__(self, before: View, after: View) -> None:
        self._before = before
        self._after = after
        self._shown: set[str] = set()
        self._of: dict[str, list[str]] = {key: [] for key in after.sub_agents}
        for call in after.calls if after.sub_agents else ():
            if (owner := call.rpartition("/")[0]) in self._of:
                self._of[owner].append(call)
        self._owned = {call for calls in self._of.values() for call in calls}

    def all(self) -> Iterator[Event]:
        yield from _messages(self._before.messages, self._after.messages, self._own)
        for call in (*self._after.calls, *self._after.sub_agents):
            yield from self._own(call)

    def _own(self, key: str) -> Iterator[Event]:
        """Not that of a sub-agent, which tells it itself."""
        if key not in self._owned:
            yield from self._changed(key)

    def _changed(self, key: str) -> Iterator[Event]:
        """What a sub-agent does stands between the beginning of the call to it and its end."""
        if key in self._shown:
            return
        self._shown.add(key)
        call = self._after.calls.get(key)
        ended = call is not None and progress(call.state) == ENDED
        if not ended:
            yield from self._tool_call(key)
        if key in self._of:
            yield from self._sub_agent(key)
        if ended:
            yield from self._tool_call(key)

    def _tool_call(self, key: str) -> Iterator[Event]:
        """A question stands below the call that asks it, and above what came of that."""
        call, seen = self._after.calls.get(key), self._before.calls.get(key)
        if call is None:
            return
        asked = [] if call.questions == (seen.questions if seen else ()) else list(self._questions(key))
        early = progress(call.state) < ENDED and not (seen and progress(seen.state) < progress(call.state))
        if not early:
            yield from asked
        if seen is None or seen.state is not call.state:
            yield ToolCallChanged(
                call=key,
                name=call.name,
                state=call.state,
                arguments=call.arguments,
                result=call.result,
                error=call.error,
                seconds=seconds_between(call.started_at, call.completed_at),
                diff=call.diff,
                exit_status=call.exit_status,
            )
        if early:
            yield from asked

    def _questions(self, key: str) -> Iterator[Event]:
        call, seen = self._after.calls[key], self._before.calls.get(key)
        before = seen.questions if seen is not None else ()
        return question_news(self._after.execution, key, call.arguments, before, call.questions)

    def _sub_agent(self, key: str) -> Iterator[Event]:
        sub, seen = self._after.sub_agents[key], self._before.sub_agents.get(key)
        begun = seen is not None and (
            seen.messages or any(each in self._before.calls for each in self._of[key])
        )
        inside = tuple(self._inside(key, seen.messages if seen is not None else (), sub.messages))
        moved = seen is None or seen.state is not sub.state
        ended = moved and progress(sub.state) == ENDED
        if ended and seen is None and inside:
            yield _sub_agent_changed(key, sub, CallState.RUNNING)
        elif moved and not ended:
            yield _sub_agent_changed(key, sub, sub.state)
        if begun or inside:
            yield from _as_nested(self._after.execution, key, sub, inside, begins=not begun, ends=ended)
        if ended:
            yield _sub_agent_changed(key, sub, sub.state)

    def _inside(self, key: str, before: Sequence[Message], after: Sequence[Message]) -> Iterator[Event]:
        yield from _messages(before, after, self._changed)
        for call in self._of[key]:
            yield from self._changed(call)


def _messages(before: Sequence[Message], after: Sequence[Message], changed: Changed) -> Iterator[Event]:
    for index, message in enumerate(after):
        old = before[index] if index < len(before) else None
        if old is None:
            yield MessageStarted(index=index, role=message.role, text=message.text)
        elif old.role is not message.role or not message.text.startswith(old.text):
            yield MessageReplaced(index=index, role=message.role, text=message.text)
        elif message.text != old.text:
            yield MessageGrew(index=index, role=message.role, more=message.text[len(old.text) :])
        for call in message.calls:
            yield from changed(call)


def _as_nested(
    parent: str, key: str, sub: SubAgentView, inside: Iterable[Event], *, begins: bool, ends: bool
) -> Iterator[Event]:
    me = nested_sub_agent(parent, key, sub)
    if begins:
        yield within(me, ExecutionCreated(execution=me.execution, kind=me.kind, name=me.name))
        yield within(me, PhaseChanged(execution=me.execution, phase=Phase.IN_PROGRESS))
    for event in inside:
        yield within(me, event)
    if ends:
        phase = Phase.COMPLETED if sub.state is CallState.COMPLETED else Phase.FAILED
        yield within(me, PhaseChanged(execution=me.execution, phase=phase, error=sub.error))


def nested_sub_agent(parent: str, key: str, sub: SubAgentView) -> NestedExecution:
    """`key`: the id of the call to it, in the execution `parent`."""
    return NestedExecution(
        execution=f"{parent}/{key}",
        kind=TargetKind.AGENT,
        name=sub.name,
        path=(sub.name,),
        parent=parent,
        origin=key,
    )


def within(me: NestedExecution, event: Event) -> Nested:
    """An event of a nested execution as one of the execution that started it."""
    if isinstance(event, Nested):
        inner = event.nested
        return Nested(nested=replace(inner, path=(*me.path, *inner.path)), event=event.event)
    assert isinstance(event, ExecutionEvent), "all others are a run's own"
    return Nested(nested=me, event=event)


def _sub_agent_changed(key: str, sub: SubAgentView, state: CallState) -> SubAgentChanged:
    ended = progress(state) == ENDED
    return SubAgentChanged(
        call=key,
        name=sub.name,
        state=state,
        input=sub.input,
        output=sub.output if ended else "",
        error=sub.error if ended else "",
        seconds=seconds_between(sub.started_at, sub.completed_at) if ended else None,
    )
