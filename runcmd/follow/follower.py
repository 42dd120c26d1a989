"""Watch an execution until it ends, whatever the connection does."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import anyio

from runcmd.backend.calls import Backend, Execution, UnavailableError
from runcmd.errors import BackendError
from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    PhaseChanged,
    Reconnected,
    Reconnecting,
    Role,
    SubAgentChanged,
    TargetKind,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TaskState,
    TodoChanged,
    ToolCallChanged,
)
from runcmd.follow.view import ENDED, TaskView, View, merge, progress
from runcmd.frozen import Frozen
from runcmd.times import moment, seconds_between

Emit = Callable[[Event], Awaitable[None]]

UNKNOWN = datetime.max.replace(tzinfo=UTC)
PROMPT_INDEX = -1  # the user's message, where the server does not list it


class Pace(Frozen):
    """When to ask instead of waiting, and how long to hope."""

    quiet_seconds: float = 2.0
    quiet_most_seconds: float = 15.0
    first_delay_seconds: float = 0.1
    longest_delay_seconds: float = 5.0
    attempts: int = 8  # without any news between them
    settled_seconds: float = 5.0  # a stream that lived so long was a good one


class Follower:
    """Says what is new until the execution has ended. `view` is the newest that is known."""

    def __init__(
        self,
        backend: Backend,
        view: View,
        emit: Emit,
        pace: Pace,
        connect: Callable[[], Awaitable[object]],
    ) -> None:
        self.view = view
        self._backend = backend
        self._id = view.execution
        self._emit = emit
        self._pace = pace
        self._connect = connect
        self._lock = anyio.Lock()
        self._attempt = 0  # reconnecting, and nothing received since
        self._heard = 0.0
        self._progressed = False
        self._untold: deque[Event] = deque()

    async def run(self) -> None:
        """Raises BackendError when the backend is lost for good."""
        failures = 0
        while True:
            opened = anyio.current_time()
            self._progressed = False
            reason = await self._listen()
            if not self.view.ended:
                reason = await self.ask() or reason
            if self.view.ended:
                return
            if self._progressed or anyio.current_time() - opened > self._pace.settled_seconds:
                failures = 0
            failures += 1
            if failures > self._pace.attempts:
                raise self._lost(reason)
            await self._pause(failures, reason)

    async def accept(self, snapshot: Execution) -> None:
        """Takes in a snapshot and says what is new in it."""
        async with self._lock:
            self._heard = anyio.current_time()
            if self._attempt:
                await self._emit(Reconnected(attempt=self._attempt))
                self._attempt = 0
            before, self.view = self.view, merge(self.view, snapshot)
            self._untold += news(before, self.view)
            # A cancel may come between two events; what is left is told by the goodbye's accept().
            while self._untold:
                self._progressed = True
                await self._emit(self._untold[0])
                self._untold.popleft()

    async def _listen(self) -> str:
        """Until the stream breaks or the execution has ended; then why."""
        reason = "the stream ended before the execution did"
        fatal: BackendError | None = None

        async def guarded(listen: Callable[[], Awaitable[None]]) -> None:
            nonlocal reason, fatal
            try:
                await listen()
            except UnavailableError as error:
                reason = error.message
            except BackendError as error:
                fatal = error
            group.cancel_scope.cancel()

        async def received(snapshot: Execution) -> None:
            await self.accept(snapshot)
            if self.view.ended:
                group.cancel_scope.cancel()

        async def subscribe() -> None:
            await self._backend.subscribe(self.view.kind, self._id, received)

        self._heard = anyio.current_time()
        async with anyio.create_task_group() as group:
            group.start_soon(guarded, subscribe)
            group.start_soon(guarded, self._ask_when_quiet)
        if fatal is not None:
            raise fatal
        return reason

    async def _ask_when_quiet(self) -> None:
        """An update may be lost on the server's side, the terminal one too: then nothing would ever come."""
        patience = self._pace.quiet_seconds
        while not self.view.ended:
            quiet_for = anyio.current_time() - self._heard
            if quiet_for < patience:
                await anyio.sleep(patience - quiet_for)
                continue
            self._progressed = False
            await self.accept(await self._backend.execution(self.view.kind, self._id, patient=False))
            longer = min(patience * 2, self._pace.quiet_most_seconds)
            patience = self._pace.quiet_seconds if self._progressed else longer

    async def ask(self) -> str:
        """One look without a stream; the trouble, if any."""
        try:
            await self.accept(await self._backend.execution(self.view.kind, self._id, patient=False))
        except UnavailableError as error:
            return error.message
        return ""

    async def _pause(self, attempt: int, reason: str) -> None:
        delay = min(self._pace.first_delay_seconds * 2 ** (attempt - 1), self._pace.longest_delay_seconds)
        self._attempt = attempt
        await self._emit(Reconnecting(attempt=attempt, delay=delay, reason=reason))
        await anyio.sleep(delay)
        if attempt > 1:
            # The backend of this machine is started again where it died; it goes on with what it did.
            with suppress(BackendError):
                await self._connect()

    def _lost(self, reason: str) -> BackendError:
        phase = self.view.phase.value if self.view.phase else "unknown"
        return BackendError(
            f"lost sight of {self._id} (last seen: {phase}): {reason}",
            hint=f"it may still be running; look again with: stigmer executions follow {self._id}",
            facts={"execution": self._id},
        )


def news(before: View, after: View) -> tuple[Event, ...]:
    """What happened between two views, in an order that can be told."""
    return tuple(_news(before, after))


def _news(before: View, after: View) -> Iterator[Event]:
    moved = after.phase is not None and after.phase is not before.phase
    if moved and not after.ended:
        yield _phase(after)
    if after.kind is TargetKind.AGENT:
        yield from _conversation(before, after)
        yield from _todos(before, after)
    yield from _tasks(before, after)
    if moved and after.ended:
        yield _phase(after)


def _phase(view: View) -> PhaseChanged:
    assert view.phase is not None
    return PhaseChanged(execution=view.execution, phase=view.phase)


def _conversation(before: View, after: View) -> Iterator[Event]:
    unsaid = bool(after.prompt) and not before.messages and bool(after.messages)
    if unsaid and after.messages[0].role is not Role.HUMAN:
        yield MessageStarted(index=PROMPT_INDEX, role=Role.HUMAN, text=after.prompt)
    told: set[str] = set()
    for index, message in enumerate(after.messages):
        old = before.messages[index] if index < len(before.messages) else None
        if old is None:
            yield MessageStarted(index=index, role=message.role, text=message.text)
        elif old.role is not message.role or not message.text.startswith(old.text):
            yield MessageReplaced(index=index, role=message.role, text=message.text)
        elif message.text != old.text:
            yield MessageGrew(index=index, role=message.role, more=message.text[len(old.text) :])
        for call in message.calls:
            if call not in told:
                told.add(call)
                yield from _tool_call(before, after, call)
    for call in after.calls:
        if call not in told:
            yield from _tool_call(before, after, call)
    for key, sub in after.sub_agents.items():
        seen = before.sub_agents.get(key)
        if seen is None or seen.state is not sub.state:
            yield SubAgentChanged(
                call=key,
                name=sub.name,
                state=sub.state,
                input=sub.given,
                output=sub.result,
                error=sub.error,
                seconds=seconds_between(sub.started_at, sub.completed_at),
            )


def _tool_call(before: View, after: View, key: str) -> Iterator[Event]:
    call, seen = after.calls.get(key), before.calls.get(key)
    if call is not None and (seen is None or seen.state is not call.state):
        yield ToolCallChanged(
            call=key,
            name=call.name,
            state=call.state,
            arguments=call.given,
            result=call.result,
            error=call.error,
            seconds=seconds_between(call.started_at, call.completed_at),
        )


def _todos(before: View, after: View) -> Iterator[Event]:
    for key, todo in after.todos.items():
        if before.todos.get(key) != todo:
            yield TodoChanged(todo=key, content=todo.content, state=todo.state)


def _tasks(before: View, after: View) -> Iterator[Event]:
    """By the backend's clock: a loop stands before its rounds in the list, and ends after them."""
    timed = [
        each
        for key, task in after.tasks.items()
        if task is not before.tasks.get(key)
        for each in _task(key, before.tasks.get(key), task)
    ]
    yield from (event for _, event in sorted(timed, key=lambda each: each[0]))


def _task(key: str, old: TaskView | None, task: TaskView) -> Iterator[tuple[datetime, Event]]:
    end = moment(task.completed_at) or UNKNOWN
    start = moment(task.started_at) or end
    began = old is not None and progress(old.state) > 0
    if not began and task.state not in (TaskState.PENDING, TaskState.SKIPPED):
        yield start, TaskStarted(task=key, name=task.name, kind=task.kind)
    for note in task.notes:
        if old is None or note not in old.notes:
            yield start, TaskNoted(task=key, name=task.name, text=note)
    if progress(task.state) == ENDED and (old is None or progress(old.state) < ENDED):
        yield (
            max(start, end),
            TaskFinished(
                task=key,
                name=task.name,
                kind=task.kind,
                state=task.state,
                seconds=seconds_between(task.started_at, task.completed_at),
                error=task.error,
            ),
        )
