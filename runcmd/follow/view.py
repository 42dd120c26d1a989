"""What is known of an execution, and what a whole snapshot adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from runcmd.events import CallState, Phase, Role, TargetKind, TaskState, Usage
from runcmd.follow.questions import QuestionView, questions_in
from runcmd.frozen import Frozen
from stigmer_api.facts import (
    CANCELLED_TASK,
    PHASE_CANCELLED,
    PHASE_COMPLETED,
    PHASE_FAILED,
    PHASE_IN_PROGRESS,
    PHASE_PENDING,
    SUB_AGENT_MESSAGES,
)
from stigmer_api.values import as_json, from_struct

if TYPE_CHECKING:
    from stigmer_api import agentexecution_pb2 as agent
    from stigmer_api import workflowexecution_pb2 as workflow

# Numbers of the wire. Zero is "unspecified": what says nothing changes nothing.
PHASES = {
    PHASE_PENDING: Phase.PENDING,
    PHASE_IN_PROGRESS: Phase.IN_PROGRESS,
    PHASE_COMPLETED: Phase.COMPLETED,
    PHASE_FAILED: Phase.FAILED,
    PHASE_CANCELLED: Phase.CANCELLED,
}
TASK_STATES = {0: TaskState.PENDING} | dict(enumerate([*TaskState][:5], start=1))
CALL_STATES = {0: CallState.PENDING} | dict(enumerate(CallState, start=1))
ROLES_BY_NAME = {role.name: role for role in Role}
ROLES = {0: Role.SYSTEM} | dict(enumerate(Role, start=1))
TODO_STATES = {0: "pending", 1: "pending", 2: "in_progress", 3: "completed", 4: "cancelled"}
TASK_TYPES = (
    "",
    "agent_invocation",
    "approval",
    "api_call",
    "conditional",
    "parallel",
    "transform",
    "custom",
)

PROGRESS = {
    Phase.PENDING: 0,
    Phase.IN_PROGRESS: 1,
    TaskState.PENDING: 0,
    TaskState.RUNNING: 1,
    CallState.PENDING: 0,
    CallState.RUNNING: 1,
}
ENDED = 2


class Message(Frozen):
    """One message of a conversation, with the calls that it makes."""

    role: Role
    text: str
    calls: tuple[str, ...] = ()
    at: str = ""  # RFC 3339: when the model was asked for it
    finish_reason: str = ""  # why the model stopped, as far as the server says


class ToolCallView(Frozen):
    """A tool call."""

    name: str
    state: CallState
    arguments: str  # as JSON
    result: str
    error: str
    started_at: str
    completed_at: str
    diff: str = ""  # of a file that it changed, unified
    exit_status: int | None = None  # of a command that it ran
    questions: tuple[QuestionView, ...] = ()  # that it asks people


class SubAgentView(Frozen):
    """A sub-agent at work. Its tool calls are among the execution's: their ids begin with its own and `/`."""

    name: str
    state: CallState
    input: str
    output: str
    error: str
    started_at: str
    completed_at: str
    messages: tuple[Message, ...] = ()


class TodoView(Frozen):
    """An item of the agent's list."""

    content: str
    state: str


class TaskView(Frozen):
    """A task of a workflow."""

    name: str
    kind: str
    state: TaskState
    error: str
    started_at: str
    completed_at: str
    notes: tuple[str, ...]
    executions: tuple[str, ...]  # that it started, as far as they are named now
    parts: int | None = None  # items of a FOR, branches of a FORK, as far as the server says
    kept_from: str = ""  # the execution that ran it


class View(Frozen):
    """An execution as far as it was seen."""

    execution: str
    kind: TargetKind
    phase: Phase | None = None
    prompt: str = ""
    messages: tuple[Message, ...] = ()
    calls: Mapping[str, ToolCallView] = field(default_factory=dict)
    sub_agents: Mapping[str, SubAgentView] = field(default_factory=dict)
    todos: Mapping[str, TodoView] = field(default_factory=dict)
    tasks: Mapping[str, TaskView] = field(default_factory=dict)
    error: str = ""
    output: str = ""  # JSON
    started_at: str = ""
    completed_at: str = ""
    usage: Usage = Usage()  # of all models, as far as the backend counts it
    tells: bool = False  # the backend tells more than the status: what is waited for, too

    @property
    def ended(self) -> bool:
        return self.phase is not None and self.phase.terminal


def merge(view: View, snapshot: agent.AgentExecution | workflow.WorkflowExecution) -> View:
    """Nothing that was seen is taken back: snapshots may come late, be partial, or have no status at all."""
    if view.ended:
        return view
    status = snapshot.status
    phase = PHASES.get(status.phase)
    view = replace(
        view,
        phase=phase if phase and progress(phase) >= progress(view.phase) else view.phase,
        error=status.error or view.error,
        started_at=status.started_at or view.started_at,
        completed_at=status.completed_at or view.completed_at,
    )
    if view.kind is TargetKind.WORKFLOW:
        return _merge_workflow(view, status)
    return _merge_agent(view, snapshot.spec, status)


def progress(state: Phase | TaskState | CallState | None) -> int:
    return -1 if state is None else PROGRESS.get(state, ENDED)


def _merge_workflow(view: View, status: Any) -> View:
    return replace(
        view,
        tasks=_advanced(view.tasks, _tasks(status, tells=view.tells)),
        output=as_json(status.output) or view.output,
    )


def _tasks(status: workflow.WorkflowExecutionStatus, *, tells: bool) -> Iterable[tuple[str, TaskView]]:
    for index, task in enumerate(status.tasks):
        metadata = from_struct(task.metadata)
        kind = str(metadata.get("kind", "")) or TASK_TYPES[task.task_type % len(TASK_TYPES)]
        why = str(metadata.get(CANCELLED_TASK, ""))
        yield (
            task.task_id or task.task_name or f"#{index}",
            TaskView(
                name=task.task_name or task.task_id,
                kind=kind.lower(),
                state=TASK_STATES.get(task.status, TaskState.PENDING) if not why else TaskState.CANCELLED,
                error=task.error or why,
                started_at=task.started_at,
                completed_at=task.completed_at,
                notes=_notes(metadata, tells=tells),
                executions=_executions(metadata),
                parts=_parts(kind.lower(), task.input),
                kept_from=str(metadata.get("kept_from", "")),
            ),
        )


def _parts(kind: str, given: Any) -> int | None:
    """A FOR says how many items it has, a FORK which branches."""
    name = {"for": "count", "fork": "branches"}.get(kind, "")
    if name not in given.fields:
        return None
    value = given.fields[name]
    return int(value.number_value) if kind == "for" else len(value.list_value.values)


def _notes(metadata: Mapping[str, Any], *, tells: bool) -> tuple[str, ...]:
    notes = []
    if metadata.get("retry_in") and not tells:
        why = f"{metadata['last_error']}; " if metadata.get("last_error") else ""
        notes.append(f"{why}trying again in {metadata['retry_in']} s")
    if metadata.get("attempt", 1) not in (0, 1):
        notes.append(f"attempt {metadata['attempt']}")
    return tuple(notes)


def _executions(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """`execution_id` with us; others may say more exactly what it is the id of."""
    named = (value for name, value in metadata.items() if name.endswith("execution_id"))
    return tuple(value for value in named if isinstance(value, str) and value)


def _merge_agent(view: View, spec: Any, status: Any) -> View:
    calls = {call.id or f"#{index}": call for index, call in enumerate(status.tool_calls)}
    for message in status.messages:
        for call in message.tool_calls:
            calls.setdefault(call.id, call)
    return replace(
        view,
        prompt=spec.message or view.prompt,
        messages=_merge_messages(view, status),
        calls=_advanced(view.calls, ((key, _call(call)) for key, call in calls.items())),
        sub_agents=_advanced(
            view.sub_agents,
            (
                (sub.id or f"#{index}", _sub_agent(sub))
                for index, sub in enumerate(status.sub_agent_executions)
            ),
            _sub_agent_later,
        ),
        todos={
            **view.todos,
            **{
                key: TodoView(content=todo.content, state=TODO_STATES.get(todo.status, "pending"))
                for key, todo in sorted(status.todos.items())
            },
        },
    )


def _merge_messages(view: View, status: agent.AgentExecutionStatus) -> tuple[Message, ...]:
    now = (
        Message(
            role=ROLES.get(message.type, Role.SYSTEM),
            text=message.content + "".join(_files(message)),
            calls=tuple(call.id for call in message.tool_calls),
            at=message.timestamp,
            finish_reason=message.metadata.fields["finish_reason"].string_value
            if "finish_reason" in message.metadata.fields
            else "",
        )
        for message in status.messages
    )
    return _grown(view.messages, now, view.ended)


def _files(message: agent.AgentMessage) -> Iterable[str]:
    """Those that were given with it, in a line each."""
    if "attachments" not in message.metadata.fields:
        return
    files = from_struct(message.metadata).get("attachments")
    for each in files if isinstance(files, list) else ():
        if isinstance(each, dict):
            size = max(1, int(each.get("bytes") or 0) // 1000)
            yield f"\n📎 {each.get('name')} ({each.get('kind')}, {size:,} kB)"


def _grown(before: Iterable[Message], now: Iterable[Message], final: bool) -> tuple[Message, ...]:
    return tuple(_newer(old, new, final) for old, new in zip_longest(before, now))


def _newer(old: Message | None, new: Message | None, final: bool) -> Message:
    if new is None:
        assert old is not None, "zip_longest has one of them"
        return old
    late = old is not None and not final and len(new.text) < len(old.text) and old.text.startswith(new.text)
    return old if late and old is not None else new


def _call(call: agent.ToolCall) -> ToolCallView:
    return ToolCallView(
        name=call.name,
        state=CALL_STATES.get(call.status, CallState.PENDING),
        arguments=as_json(call.args),
        result=call.result,
        error=call.error,
        started_at=call.started_at,
        completed_at=call.completed_at,
        **_facts(call),
    )


def _facts(call: agent.ToolCall) -> dict[str, Any]:
    """What our own backend knows of a call, and the contract has no field for."""
    if not call.HasField("component_metadata"):
        return {}
    facts = from_struct(call.component_metadata.metadata)
    diff, status = facts.get("diff"), facts.get("exit_status")
    return {
        "diff": diff if isinstance(diff, str) else "",
        "questions": questions_in(facts, call.name),
        "exit_status": int(status) if isinstance(status, int | float) else None,
    }


def _sub_agent(sub: agent.SubAgentExecution) -> SubAgentView:
    return SubAgentView(
        name=sub.name,
        state=CALL_STATES.get(sub.status, CallState.PENDING),
        input=sub.input,
        output=sub.output,
        error=sub.error,
        started_at=sub.started_at,
        completed_at=sub.completed_at,
        messages=tuple(_said_by_sub_agent(from_struct(sub.metadata))),
    )


def _said_by_sub_agent(metadata: Mapping[str, Any]) -> Iterable[Message]:
    """The contract has no place of its own for what a sub-agent says; ours says it in the metadata."""
    messages = metadata.get(SUB_AGENT_MESSAGES)
    for said in messages if isinstance(messages, list) else ():
        if isinstance(said, dict):
            yield Message(
                role=ROLES_BY_NAME.get(str(said.get("role")), Role.SYSTEM),
                text=str(said.get("content", "")),
                calls=tuple(map(str, said.get("calls") or ())),
                at=str(said.get("at", "")),
            )


Item = TypeVar("Item", ToolCallView, SubAgentView, TaskView)


def _newer_item(old: Item, new: Item) -> Item:
    return new


def _advanced(
    before: Mapping[str, Item],
    now: Iterable[tuple[str, Item]],
    joined: Callable[[Item, Item], Item] = _newer_item,
) -> dict[str, Item]:
    result = dict(before)
    for key, item in now:
        old = result.get(key)
        if old is None:
            result[key] = item
        elif progress(item.state) >= progress(old.state) and progress(old.state) < ENDED:
            result[key] = joined(old, item)
    return result


def _sub_agent_later(old: SubAgentView, new: SubAgentView) -> SubAgentView:
    return replace(new, messages=_grown(old.messages, new.messages, progress(new.state) == ENDED))
