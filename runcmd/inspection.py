"""One execution as it stands in the backend, as a tree: its tasks and calls, and the executions within."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import anyio

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.backend.sight import Sight
from runcmd.errors import TargetError
from runcmd.events import (
    Detail,
    HttpExchanged,
    NotesDropped,
    Phase,
    Printed,
    Requested,
    Role,
    TargetKind,
    Told,
    TurnFinished,
    Usage,
    WaitEnded,
    Waits,
    Warned,
)
from runcmd.follow.names import Names
from runcmd.follow.questions import waits_for_answers
from runcmd.follow.requested_events import requests_of
from runcmd.follow.told_events import told_events, usage_of
from runcmd.follow.view import Message, SubAgentView, ToolCallView, View, merge
from runcmd.frozen import Frozen
from runcmd.origin import origin_of, resumed_by
from runcmd.times import seconds_between
from runcmd.which_execution import KINDS_BY_PREFIX, find_execution
from stigmer_api.values import as_json

DEEPEST = 20  # executions within executions; only a mistake is deeper
TOOL, SUB_AGENT = "tool", "sub_agent"


class InspectedMessage(Frozen):
    """One message of a conversation, with the paths of the calls that it makes."""

    role: Role
    text: str
    calls: tuple[str, ...] = ()


class InspectedStep(Frozen):
    """A task of a workflow; a tool call or a sub-agent of an agent."""

    path: str  # of a task: `each[2]/price`; of a call: its id
    name: str
    kind: str  # of a task: `agent_call`; else `tool` or `sub_agent`
    state: str
    started_at: str  # RFC 3339; empty: not started
    seconds: float | None  # so far, if it runs
    input: str  # JSON or a text; empty: none
    output: str
    error: str
    printed: tuple[Printed, ...] = ()
    requests: tuple[Requested, ...] = ()  # that it made, if they were asked for
    messages: tuple[InspectedMessage, ...] = ()  # of a sub-agent
    steps: tuple[InspectedStep, ...] = ()  # within it
    executions: tuple[InspectedExecution, ...] = ()  # that it started
    kept_from: str = ""  # the execution that ran it; empty: this one


class InspectedExecution(Frozen):
    """An execution, whole."""

    execution: str
    kind: TargetKind
    name: str
    phase: Phase
    started_at: str
    seconds: float | None  # so far, if it runs
    input: str  # the first message
    output: str  # of a workflow, as JSON
    error: str
    usage: Usage
    waits: tuple[Waits, ...]  # that are not over
    turns: tuple[TurnFinished, ...]
    messages: tuple[InspectedMessage, ...]
    steps: tuple[InspectedStep, ...]
    requests: tuple[Requested | NotesDropped, ...] = ()  # of no step, if they were asked for
    resumed_from: str = ""  # the execution that it goes on with
    resumed_at: str = ""  # and the tasks that run first
    resumed_by: tuple[str, ...] = ()  # those that went on with it
    only_task: str = ""  # the one task that it runs
    values_of: str = ""  # the execution whose values that task has
    warnings: tuple[Warned, ...] = ()

    @property
    def answer(self) -> str:
        """A workflow's output, or what the agent said last."""
        last = (each.text for each in reversed(self.messages) if each.role is Role.AI and each.text)
        return self.output or next(last, "")


async def inspect(execution: str, backend: Backend, *, requests: bool = False) -> InspectedExecution:
    """Raises TargetError when there is none with this id, and BackendError.

    Args:
        requests: also what its models were asked, and its HTTP requests.
    """
    kind, found = await find_execution(execution, backend)
    return await _Inspector(backend, requests).inspected(kind, found, DEEPEST)


def step_of(execution: InspectedExecution, path: str) -> InspectedStep:
    """The task or call with this path, or with this name; `child/ask` is `ask` within what `child` started.

    Raises TargetError.
    """
    steps = list(_all(execution.steps))
    found = next((step for step in steps if path in (step.path, step.name)), None)
    if found is not None:
        return found
    for step in sorted(steps, key=lambda each: -len(each.path)):
        if path.startswith(f"{step.path}/"):
            for inner in step.executions:
                with suppress(TargetError):
                    return step_of(inner, path.removeprefix(f"{step.path}/"))
    some = ", ".join(step.path for step in steps[:5])
    raise TargetError(
        f"{execution.execution} has no task {path}",
        code="E0609",
        hint=f"it has {some}{', …' if len(steps) > 5 else ''}" if steps else "it has no tasks",
    )


def _all(steps: Iterable[InspectedStep]) -> Iterator[InspectedStep]:
    for step in steps:
        yield step
        yield from _all(step.steps)


class _Inspector:
    """Asks for an execution and for those that it started."""

    def __init__(self, backend: Backend, requests: bool) -> None:
        self._backend = backend
        self._requests = requests
        self._names = Names(backend)

    async def inspected(self, kind: TargetKind, found: Execution, depth: int) -> InspectedExecution:
        """Raises BackendError."""
        seen = await self._see(kind, found)
        found = seen.execution or found
        view = merge(View(execution=found.metadata.id, kind=kind), found)
        told = [event for note in seen.notes for event in told_events(note)]
        if kind is TargetKind.WORKFLOW:
            started = {path: await self._within(task.executions, depth) for path, task in view.tasks.items()}
            steps = _tasks(view, found, started, told)
        else:
            steps = _calls(view, told)
        made = [event for _, event in requests_of(seen.requests, Detail.BODIES)]
        steps = tuple(with_requests(step, made) for step in steps)
        of_steps = {id(event) for step in _all(steps) for event in step.requests}
        return InspectedExecution(
            execution=view.execution,
            kind=kind,
            name=await self._names.of(found, kind),
            phase=view.phase or Phase.PENDING,
            started_at=view.started_at,
            seconds=_seconds(view.started_at, view.completed_at, ended=view.ended),
            input=view.prompt or str(getattr(found.spec, "trigger_message", "")),
            output=view.output,
            error=view.error,
            usage=usage_of(seen.usage) if seen.usage is not None else Usage(),
            waits=() if view.ended else (*_open_waits(told), *_open_questions(view)),
            turns=tuple(event for event in told if isinstance(event, TurnFinished)),
            warnings=tuple(event for event in told if isinstance(event, Warned)),
            messages=_said(view.messages),
            steps=steps,
            requests=tuple(event for event in made if id(event) not in of_steps),
            resumed_by=resumed_by(found.metadata.annotations),
            **origin_of(found.metadata.annotations),
        )

    async def _see(self, kind: TargetKind, found: Execution) -> Sight:
        """With what it told, as far as the backend keeps that."""
        seen = Sight(execution=found)
        if not self._backend.tells:
            return seen
        with anyio.CancelScope() as scope, suppress(UnsupportedError):

            async def received(sight: Sight) -> None:
                nonlocal seen
                seen = sight
                scope.cancel()

            after_request = 0 if self._requests else None
            await self._backend.watch(kind, found.metadata.id, 0, received, after_request)
        return seen

    async def _within(self, executions: Iterable[str], depth: int) -> tuple[InspectedExecution, ...]:
        """Those that were not deleted."""
        if depth == 0:
            return ()
        found = []
        for execution in executions:
            for kind in KINDS_BY_PREFIX.get(execution.partition("-")[0], tuple(TargetKind)):
                with suppress(NotFoundError):
                    inner = await self._backend.execution(kind, execution)
                    found.append(await self.inspected(kind, inner, depth - 1))
                    break
        return tuple(found)


def _tasks(
    view: View,
    found: Execution,
    started: Mapping[str, tuple[InspectedExecution, ...]],
    told: Iterable[Told | Warned],
) -> tuple[InspectedStep, ...]:
    printed = _printed(told)
    wire = {task.task_id or task.task_name: task for task in found.status.tasks}  # type: ignore[union-attr]
    steps = {
        path: InspectedStep(
            path=path,
            name=task.name,
            kind=task.kind,
            state=task.state.value,
            started_at=task.started_at,
            seconds=_seconds(task.started_at, task.completed_at, ended=view.ended),
            input=as_json(wire[path].input) if path in wire else "",
            output=as_json(wire[path].output) if path in wire else "",
            error=task.error,
            printed=printed.get(path, ()),
            executions=started[path],
            kept_from=task.kept_from,
        )
        for path, task in view.tasks.items()
    }
    return tree(steps)


def _printed(told: Iterable[Told | Warned]) -> dict[str, tuple[Printed, ...]]:
    """By the path of the task, or the id of the call, that printed it."""
    found: dict[str, list[Printed]] = {}
    for event in told:
        if isinstance(event, Printed):
            place = event.task or event.call
            found.setdefault(place, []).append(event)
    return {place: tuple(lines) for place, lines in found.items()}


def with_requests(step: InspectedStep, made: Sequence[Requested | NotesDropped]) -> InspectedStep:
    """A task with its HTTP requests, a sub-agent with those of its model; so are those within it."""
    own = [
        event
        for event in made
        if (isinstance(event, HttpExchanged) and event.task == step.path)
        or (isinstance(event, Requested) and event.call == step.path)
    ]
    return replace(step, requests=tuple(own), steps=tuple(with_requests(inner, made) for inner in step.steps))


def tree(steps: Mapping[str, InspectedStep]) -> tuple[InspectedStep, ...]:
    """Each below the one whose path its own begins with: `each` has `each[0]/price`."""
    below: dict[str, list[str]] = {}
    for path in steps:
        parents = (path[:at] for at in range(len(path) - 1, 0, -1) if path[at] in "/[")
        below.setdefault(next((each for each in parents if each in steps), ""), []).append(path)

    def whole(path: str) -> InspectedStep:
        return replace(steps[path], steps=tuple(map(whole, below.get(path, ()))))

    return tuple(map(whole, below.get("", ())))


def _calls(view: View, told: Iterable[Told | Warned]) -> tuple[InspectedStep, ...]:
    """Tool calls and sub-agents; the calls of a sub-agent have ids that begin with its own."""
    subs, calls, printed = view.sub_agents, view.calls, _printed(told)
    own = [
        _call(key, call, TOOL, printed) for key, call in calls.items() if key.partition("/")[0] not in subs
    ]
    delegated = [
        replace(
            _call(key, sub, SUB_AGENT, {}),
            messages=_said(sub.messages),
            steps=tuple(
                _call(inner, call, TOOL, printed)
                for inner, call in calls.items()
                if inner.startswith(f"{key}/")
            ),
        )
        for key, sub in subs.items()
    ]
    return tuple(sorted((*own, *delegated), key=lambda step: step.started_at or "~"))


def _call(
    key: str, call: ToolCallView | SubAgentView, kind: str, printed: Mapping[str, tuple[Printed, ...]]
) -> InspectedStep:
    return InspectedStep(
        path=key,
        name=call.name,
        kind=kind,
        state=call.state.value,
        started_at=call.started_at,
        seconds=_seconds(call.started_at, call.completed_at, ended=False),
        input=call.input if isinstance(call, SubAgentView) else call.arguments,
        output=call.output if isinstance(call, SubAgentView) else call.result,
        error=call.error,
        printed=printed.get(key, ()),
    )


def _said(messages: Iterable[Message]) -> tuple[InspectedMessage, ...]:
    return tuple(InspectedMessage(role=each.role, text=each.text, calls=each.calls) for each in messages)


def _open_questions(view: View) -> Iterator[Waits]:
    asked = (each for call in view.calls.values() for each in call.questions)
    return waits_for_answers(view.execution, asked)


def _open_waits(told: Iterable[Told | Warned]) -> tuple[Waits, ...]:
    waits: dict[tuple[str, str], Waits] = {}
    for event in told:
        if isinstance(event, Waits):
            waits[event.on, event.task] = event
        elif isinstance(event, WaitEnded):
            waits.pop((event.on, event.task), None)
    return tuple(waits.values())


def _seconds(started_at: str, completed_at: str, *, ended: bool) -> float | None:
    """So far, if it runs."""
    now = "" if ended else datetime.now(UTC).isoformat()
    return seconds_between(started_at, completed_at or now)
