"""Which lines wait until what they are about is over? What is under way is drawn, and not a line yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from devloop.render.live.growing import GrowingText
from runcmd import events
from runcmd.events import CallState, Event, ExecutionEvent, Role

OVER = (CallState.COMPLETED, CallState.FAILED)


class HeldBack:
    """Passes on the events of one execution that plain lines should show now."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[ExecutionEvent]] = {}  # by what they are about, in their order
        self._message = HeldMessage()
        self._thought: dict[tuple[int, str], str] = {}

    def pass_on(self, event: ExecutionEvent) -> list[ExecutionEvent]:
        """What to show now, in this order."""
        match event:
            case events.MessageStarted(role=Role.AI) | events.MessageReplaced(role=Role.AI):
                return [*self.end_message(), *self._message.begin(event)]
            case events.MessageGrew(role=Role.AI):
                return self._message.grow(event)
            case events.ThinkingGrew():
                key = event.index, event.call
                self._thought[key] = self._thought.get(key, "") + event.more
                return []
            case events.TurnFinished() if self._message.open:
                self._message.after.append(event)  # the end of the message may come later
                return []
            case (
                events.MessageStarted()
                | events.MessageReplaced()
                | events.ToolCallChanged()
                | events.SubAgentChanged()
            ):
                return [*self.end_message(), *self._about(event)]
            case events.PhaseChanged() if event.phase.terminal:
                return [*self.end_message(), event]
            case _:
                return self._about(event)

    def end_message(self) -> list[ExecutionEvent]:
        """What was said and thought is whole."""
        thoughts = [
            events.ThinkingGrew(index=index, call=call, more=more)
            for (index, call), more in self._thought.items()
        ]
        self._thought = {}
        return [*thoughts, *self._message.end()]

    def above(self, part: str) -> list[ExecutionEvent]:
        """The lines of what this is a part of, which it needs above it."""
        return self._release(key for key in self._waiting if key == part or _is_part(part, key))

    def all(self) -> list[ExecutionEvent]:
        """Of what did not end."""
        return [*self.end_message(), *self._release(list(self._waiting))]

    def _about(self, event: ExecutionEvent) -> list[ExecutionEvent]:
        match event:
            case events.TaskStarted():
                self._waiting[event.task] = [event]
                return []
            case events.TaskNoted() if event.task in self._waiting:
                self._waiting[event.task].append(event)
                return []
            case events.TaskFinished():
                held = self._waiting.pop(event.task, [])
                return [*self.above(event.task), *held[1:], event]
            case events.ToolCallChanged() | events.SubAgentChanged() if event.state not in OVER:
                if event.call not in self._waiting or self._waiting[event.call]:
                    self._waiting[event.call] = [event]
                return []
            case events.ToolCallChanged() | events.SubAgentChanged():
                self._waiting.pop(event.call, None)
                return [event]
            case events.Printed() if event.call:
                return [*self.above(event.call), event]
            case events.QuestionAsked() | events.QuestionAnswered():
                return [*self.end_message(), *self.above(event.call), event]
            case events.Waits() | events.Printed() | events.HttpExchanged() if event.task:
                return [*self.above(event.task), event]
            case _:
                return [event]

    def _release(self, keys: Iterable[str]) -> list[ExecutionEvent]:
        """They are lines now, and stay known: what they are about goes on."""
        released: list[ExecutionEvent] = []
        for key in list(keys):
            released += self._waiting[key]
            self._waiting[key] = []
        return released


class HeldMessage:
    """A message that grows: whole paragraphs of it stand."""

    def __init__(self) -> None:
        self.open = False
        self.after: list[ExecutionEvent] = []  # what is shown once it is whole
        self._text = GrowingText()
        self._next: events.MessageStarted | events.MessageReplaced | events.MessageGrew

    def begin(self, event: events.MessageStarted | events.MessageReplaced) -> list[ExecutionEvent]:
        self.open, self._text, self._next = True, GrowingText(), event
        return self._say(self._text.feed(event.text))

    def grow(self, event: events.MessageGrew) -> list[ExecutionEvent]:
        if not self.open:
            self.open, self._text, self._next = True, GrowingText(), event
        return self._say(self._text.feed(event.more))

    def end(self) -> list[ExecutionEvent]:
        """All the rest, and what belongs below it."""
        said = self._say(self._text.rest) if self.open else []
        after, self.after, self.open = self.after, [], False
        return [*said, *after]

    def _say(self, text: str) -> list[ExecutionEvent]:
        if not text:
            return []
        now = self._next
        self._next = events.MessageGrew(index=now.index, role=now.role, more="")
        if isinstance(now, events.MessageGrew):
            return [replace(now, more=text)]
        return [replace(now, text=text)]


class HeldRun:
    """The same for a run with all its nested executions."""

    def __init__(self) -> None:
        self._own = HeldBack()
        self._nested: dict[str, tuple[events.NestedExecution, HeldBack, list[ExecutionEvent]]] = {}

    def pass_on(self, event: Event) -> list[Event]:
        """What to show now, in this order."""
        if isinstance(event, events.Nested):
            return self._pass_on_nested(event.nested, event.event)
        if isinstance(event, events.RunFinished):
            return [*self._all_nested(), *self._own.all(), event]
        return [*self._own.pass_on(event)] if isinstance(event, ExecutionEvent) else [event]

    def _pass_on_nested(self, nested: events.NestedExecution, event: ExecutionEvent) -> list[Event]:
        begun = nested.execution not in self._nested
        _, held, head = self._nested.setdefault(nested.execution, (nested, HeldBack(), []))
        if begun and isinstance(event, events.ExecutionCreated):
            head.append(event)
            return []
        now = held.pass_on(event)
        if isinstance(event, events.PhaseChanged) and event.phase.terminal:
            now = [*held.all(), *now]
            del self._nested[nested.execution]
            if event.phase is events.Phase.COMPLETED and now == [event]:
                return []
        return self._with_what_is_above(nested, head, now) if now else []

    def _with_what_is_above(
        self, nested: events.NestedExecution, head: list[ExecutionEvent], now: list[ExecutionEvent]
    ) -> list[Event]:
        above = self._above(nested)
        shown = [events.Nested(nested=nested, event=each) for each in [*head, *now]]
        head.clear()
        return [*above, *shown]

    def _above(self, nested: events.NestedExecution) -> list[Event]:
        outer = self._nested.get(nested.parent)
        if outer is None:
            return [*self._own.above(nested.origin)]
        parent, held, head = outer
        lines = [*head, *held.above(nested.origin)]
        head.clear()
        return [*self._above(parent), *(events.Nested(nested=parent, event=each) for each in lines)]

    def _all_nested(self) -> list[Event]:
        shown: list[Event] = []
        for nested, held, head in list(self._nested.values()):
            if now := held.all():
                shown += self._with_what_is_above(nested, head, now)
        self._nested.clear()
        return shown


def _is_part(path: str, outer: str) -> bool:
    """Is `loop[2]/x` below `loop`?"""
    return path.startswith((f"{outer}/", f"{outer}["))
