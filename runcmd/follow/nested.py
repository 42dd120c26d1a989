"""Follow an execution together with all those that it starts, as deep as they go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import anyio
from anyio.abc import TaskGroup

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.sight import Sight
from runcmd.errors import BackendError
from runcmd.events import (
    Detail,
    Emit,
    Event,
    ExecutionCreated,
    NestedExecution,
    PhaseChanged,
    Reconnected,
    Reconnecting,
    TargetKind,
    TaskFinished,
    Warned,
)
from runcmd.follow.conversation import within
from runcmd.follow.follower import Follower
from runcmd.follow.names import Names
from runcmd.follow.pace import Pace
from runcmd.follow.view import View
from stigmer_api.facts import ID_PREFIXES, ResourceKind

MOST_STREAMS = 16  # at once, of each kind; the others are caught up with when they end
LAST_QUESTIONS = 8  # to an execution whose task is over, until it says that it is over too
FIRST_PAUSE_SECONDS = 0.02  # between two of these; then twice as long each time

KINDS = {
    ID_PREFIXES[ResourceKind.AGENT_EXECUTION]: TargetKind.AGENT,
    ID_PREFIXES[ResourceKind.WORKFLOW_EXECUTION]: TargetKind.WORKFLOW,
}


class Streams:
    """What all followers of one run share."""

    def __init__(self, execution: str, backend: Backend) -> None:
        self.known = {execution}  # each is followed once, even if a server says that it started itself
        # Of each kind: workflows that wait for their agents must not keep these from being heard.
        self.free = {kind: anyio.Semaphore(MOST_STREAMS) for kind in TargetKind}
        self.names = Names(backend)


class DeepFollower(Follower):
    """Emits what an execution and all its nested executions have to say.

    A task's end comes after the last event of what it started.
    """

    def __init__(
        self,
        backend: Backend,
        view: View,
        emit: Emit,
        pace: Pace,
        connect: Callable[[], Awaitable[object]],
        streams: Streams | None = None,
        detail: Detail = Detail.NONE,
    ) -> None:
        super().__init__(backend, view, emit, pace, connect, detail)
        self._streams = streams or Streams(view.execution, backend)
        self._children: dict[str, NestedFollower] = {}  # that may still have something to say
        self._group: TaskGroup | None = None

    async def run(self) -> None:
        """Raises BackendError when the backend is lost for good."""
        trouble: Exception | None = None  # raised as it is, not in a group
        async with anyio.create_task_group() as group:
            self._group = group
            for child in self._children.values():
                group.start_soon(child.stream)
            try:
                await super().run()
            except Exception as error:
                trouble = error
            finally:
                self._group = None  # what is seen after a cancel is asked, and not listened to
            group.cancel_scope.cancel()
        if trouble is not None:
            raise trouble

    async def _see(self, sight: Sight) -> None:
        await super()._see(sight)
        for task in self.view.tasks:
            self._start(task)

    async def _before(self, event: Event) -> None:
        match event:
            case TaskFinished(task=task):
                self._start(task)
                await self._ask_ahead()
                started = [child for child in self._children.values() if child.origin == task]
                await self._catch_up(started, last=False)
            case PhaseChanged(phase=phase) if phase.terminal:
                await self._catch_up(list(self._children.values()), last=True)
            case _:
                pass

    async def _ask_ahead(self) -> None:
        """Asks at once for what several tasks started that are over: a far backend takes a while for each."""
        if self._group is not None or not any(child.unseen for child in self._children.values()):
            return  # listened to, or known
        over = [event.task for event in self._pending if isinstance(event, TaskFinished)]
        for task in over:
            self._start(task)
        unseen = [child for child in self._children.values() if child.unseen and child.origin in over]
        async with anyio.create_task_group() as group:
            for child in unseen[:MOST_STREAMS]:
                group.start_soon(child.ask_ahead)

    def _start(self, task: str) -> None:
        """Follows what this task started, unless it is followed already."""
        if self.view.tasks[task].kept_from:
            return  # it was another execution's
        for execution in self.view.tasks[task].executions:
            if execution in self._streams.known:
                continue
            self._streams.known.add(execution)
            by_task = TargetKind.AGENT if "agent" in self.view.tasks[task].kind else TargetKind.WORKFLOW
            nested = NestedExecution(
                execution=execution,
                kind=KINDS.get(execution.partition("-")[0], by_task),
                name="",
                path=(task,),
                parent=self.view.execution,
                origin=task,
            )
            child = NestedFollower(self._backend, nested, self._emit, self._pace, self._streams, self._detail)
            self._children[execution] = child
            if self._group is not None:
                self._group.start_soon(child.stream)

    async def _catch_up(self, children: Sequence[NestedFollower], *, last: bool) -> None:
        for child in children:
            await child.catch_up(last=last)
            if child.view.ended:
                del self._children[child.view.execution]


class NestedFollower(DeepFollower):
    """Follows an execution that another one started. What it says is within what that one says."""

    def __init__(
        self,
        backend: Backend,
        nested: NestedExecution,
        emit: Emit,
        pace: Pace,
        streams: Streams,
        detail: Detail,
    ) -> None:
        view = View(execution=nested.execution, kind=nested.kind)
        super().__init__(backend, view, self._say, pace, _nothing, streams, detail)
        self._nested = nested
        self._emit_to_parent = emit
        self._in_vain = False  # it was asked whether it is over, and it was not
        self._ahead: Execution | None = None  # the answer to a question that was asked before its turn
        self._refused = False  # the server does not show it, which is said

    @property
    def origin(self) -> str:
        return self._nested.origin

    @property
    def unseen(self) -> bool:
        """Nothing is known of it yet."""
        return self.view.phase is None and self._ahead is None and not self._refused

    async def ask_ahead(self) -> None:
        """Keeps the answer for when its turn comes; where there is none, it is asked again then."""
        with suppress(BackendError):
            self._ahead = await super()._newest()

    async def _newest(self) -> Execution:
        ahead, self._ahead = self._ahead, None
        return await super()._newest() if ahead is None else ahead

    async def stream(self) -> None:
        """As long as it works. Where that fails, it is asked again when its task ends."""
        async with self._streams.free[self.view.kind]:
            if not self.view.ended:
                with suppress(BackendError):
                    await self.run()

    async def catch_up(self, *, last: bool) -> None:
        """Returns when it has ended and all of it is emitted, or when it is asked in vain.

        Args:
            last: there will be no later moment, so what is not known is never shown.
        """
        reason, pause = "", FIRST_PAUSE_SECONDS
        for _ in range(1 if self._in_vain else LAST_QUESTIONS):
            if self.view.ended or self._refused:
                break
            reason = await self._ask()
            if not self.view.ended:
                await anyio.sleep(pause)
                pause *= 2
        self._in_vain = not self.view.ended
        if self._in_vain and last and not self._refused:
            known = (
                f"the last of it is not known: {reason}"
                if reason
                else "it goes on, and is not shown any more"
            )
            self._warn(known, self._again())
        await self.flush()

    async def _ask(self) -> str:
        """Asks for one snapshot; returns why there is none, or nothing."""
        try:
            return await self.poll()
        except BackendError as error:
            self._refused = True
            self._warn(f"what it does cannot be shown: {error.message}", error.hint)
            return error.message

    def _warn(self, text: str, hint: str) -> None:
        self._begin(self._nested.name or self.view.execution)
        self._pending.append(Warned(text=text, hint=hint))

    async def _take_in(self, sight: Sight) -> None:
        if not self._nested.name and sight.execution is not None:
            self._begin(await self._streams.names.of(sight.execution, self.view.kind))
        await super()._take_in(sight)

    def _begin(self, name: str) -> None:
        if not self._nested.name:
            self._nested = replace(self._nested, name=name)
            self._pending.append(
                ExecutionCreated(execution=self._nested.execution, kind=self._nested.kind, name=name)
            )

    async def _say(self, event: Event) -> None:
        # Its connection is that of the whole run, which says so itself.
        if not isinstance(event, Reconnecting | Reconnected):
            await self._emit_to_parent(within(self._nested, event))


async def _nothing() -> None:
    """The backend is brought back by the follower of the run's own execution."""
