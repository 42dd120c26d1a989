"""Folds records into a status: pure, one after the other."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.struct_pb2 import ListValue

from stigmer_api.agentexecution_pb2 import (
    AgentExecutionStatus,
    AgentMessage,
    MessageType,
    SubAgentExecution,
    SubAgentStatus,
    TodoStatus,
    ToolCall,
    ToolCallStatus,
)
from stigmer_api.facts import CANCELLED_TASK, QUESTIONS, SUB_AGENT_MESSAGES, is_terminal
from stigmer_api.values import set_struct, update_struct
from stigmer_api.workflowexecution_pb2 import (
    ExecutionPhase,
    WorkflowExecutionStatus,
    WorkflowTask,
    WorkflowTaskStatus,
    WorkflowTaskType,
)
from stigmerd.executions.records import (
    Began,
    Ended,
    MessageSet,
    QuestionSet,
    Record,
    SubAgentSet,
    TaskBegan,
    TaskEnded,
    TaskNoted,
    TodoSet,
    ToolCallSet,
)

Status = WorkflowExecutionStatus | AgentExecutionStatus

PARTIAL = "partial"  # in the metadata of a message whose text still grows
CUT_OFF = "the execution ended first"

TASK_TYPES = {
    "AGENT_CALL": WorkflowTaskType.WORKFLOW_TASK_AGENT_INVOCATION,
    "HTTP_CALL": WorkflowTaskType.WORKFLOW_TASK_API_CALL,
    "GRPC_CALL": WorkflowTaskType.WORKFLOW_TASK_API_CALL,
    "SWITCH": WorkflowTaskType.WORKFLOW_TASK_CONDITIONAL,
    "FORK": WorkflowTaskType.WORKFLOW_TASK_PARALLEL,
    "SET": WorkflowTaskType.WORKFLOW_TASK_TRANSFORM,
}


def _state(kind: Any, name: str) -> Any:
    """The type stubs say that an enum's `Value` is any int."""
    return kind.Value(name)


def ended(status: Status) -> bool:
    """Nothing follows."""
    return is_terminal(status.phase)


class Fold:
    """A status, and where in it each task, tool call and sub-agent is."""

    def __init__(self, status: Status) -> None:
        self.status = status
        self._part: _WorkflowFold | _AgentFold
        if isinstance(status, WorkflowExecutionStatus):
            self._part = _WorkflowFold(status)
        else:
            self._part = _AgentFold(status)

    def add(self, record: Record) -> None:
        """Raises TypeError for a record of the other kind of execution, ValueError for an unknown state."""
        if isinstance(record, Began):
            self.status.phase = ExecutionPhase.EXECUTION_IN_PROGRESS
            self.status.started_at = self.status.started_at or record.at
        elif isinstance(record, Ended):
            self._part.cut_off(record.at)
            self.status.phase = _state(ExecutionPhase, f"EXECUTION_{record.phase}")
            self.status.error = record.error
            self.status.completed_at = record.at
            if isinstance(self.status, WorkflowExecutionStatus) and record.output is not None:
                set_struct(self.status.output, record.output)
        else:
            self._part.add(record)


@dataclass
class _WorkflowFold:
    """The status of a workflow, and the place of each task in it."""

    status: WorkflowExecutionStatus
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {task.task_id: place for place, task in enumerate(self.status.tasks)}

    def add(self, record: Record) -> None:
        match record:
            case TaskBegan():
                task = self._task(record.key, record.name, record.kind)
                task.status = WorkflowTaskStatus.WORKFLOW_TASK_IN_PROGRESS
                task.started_at = task.started_at or record.at
                for outcome in ("output", "error", "completed_at"):
                    task.ClearField(outcome)
                if record.input is not None:
                    set_struct(task.input, record.input)
            case TaskNoted():
                if record.key in self.places:
                    update_struct(self.status.tasks[self.places[record.key]].metadata, record.metadata)
            case TaskEnded():
                task = self._task(record.key, record.name, record.kind)
                cancelled = record.state == "CANCELLED"  # for which the contract has no state of its own
                state = "SKIPPED" if cancelled else record.state
                task.status = _state(WorkflowTaskStatus, f"WORKFLOW_TASK_{state}")
                task.error = "" if cancelled else record.error
                if cancelled:
                    task.metadata[CANCELLED_TASK] = record.error
                task.completed_at = record.at
                if record.output is not None:
                    set_struct(task.output, record.output)
            case _:
                raise TypeError(f"a workflow execution has no {type(record).__name__}")

    def cut_off(self, at: str) -> None:
        """No task of an execution that is over still runs."""
        for task in self.status.tasks:
            if task.status == WorkflowTaskStatus.WORKFLOW_TASK_IN_PROGRESS:
                task.status = WorkflowTaskStatus.WORKFLOW_TASK_FAILED
                task.error = task.error or CUT_OFF
                task.completed_at = at
            elif task.status == WorkflowTaskStatus.WORKFLOW_TASK_PENDING:
                task.status = WorkflowTaskStatus.WORKFLOW_TASK_SKIPPED

    def _task(self, key: str, name: str, kind: str) -> WorkflowTask:
        place = self.places.get(key)
        if place is not None:
            return self.status.tasks[place]
        self.places[key] = len(self.status.tasks)
        task = self.status.tasks.add(task_id=key, task_name=name)
        task.task_type = TASK_TYPES.get(kind, WorkflowTaskType.WORKFLOW_TASK_CUSTOM)
        task.metadata["kind"] = kind
        return task


@dataclass
class _AgentFold:
    """The status of an agent, and the places of calls and sub-agents in it."""

    status: AgentExecutionStatus
    calls: dict[str, int] = field(init=False)
    sub_agents: dict[str, int] = field(init=False)
    parents: dict[str, int] = field(init=False)  # tool call id → index of the message that made it

    def __post_init__(self) -> None:
        self.calls = {call.id: place for place, call in enumerate(self.status.tool_calls)}
        self.sub_agents = {sub.id: place for place, sub in enumerate(self.status.sub_agent_executions)}
        self.parents = {
            call.id: index
            for index, message in enumerate(self.status.messages)
            for call in message.tool_calls
        }

    def add(self, record: Record) -> None:
        match record:
            case MessageSet(sub_agent=""):
                self._set_message(record)
            case MessageSet():
                self._set_sub_agent_message(record)
            case ToolCallSet():
                self._set_call(record)
            case QuestionSet():
                self._set_question(record)
            case SubAgentSet():
                self._set_sub_agent(record)
            case TodoSet():
                todo = self.status.todos[record.id]
                todo.id = record.id
                todo.content = record.content
                todo.status = _state(TodoStatus, f"TODO_{record.status}")
                todo.created_at = todo.created_at or record.at
                todo.updated_at = record.at
            case _:
                raise TypeError(f"an agent execution has no {type(record).__name__}")

    def cut_off(self, at: str) -> None:
        """Nothing of an execution that is over still runs or grows."""
        for message in self.status.messages:
            if PARTIAL in message.metadata.fields:
                del message.metadata.fields[PARTIAL]
            for call in message.tool_calls:
                _cut_off_call(call, at)
        for call in self.status.tool_calls:
            _cut_off_call(call, at)
        for sub in self.status.sub_agent_executions:
            if sub.status < SubAgentStatus.SUB_AGENT_COMPLETED:
                sub.status = SubAgentStatus.SUB_AGENT_FAILED
                sub.error = sub.error or CUT_OFF
                sub.completed_at = at

    def _message(self, index: int) -> AgentMessage:
        """Fills up with partial messages where earlier ones are still missing."""
        while len(self.status.messages) <= index:
            self.status.messages.add().metadata[PARTIAL] = True
        return self.status.messages[index]

    def _set_message(self, record: MessageSet) -> None:
        if record.index < 0:
            raise ValueError(f"a message cannot have the index {record.index}")
        message = self._message(record.index)
        message.type = _state(MessageType, f"MESSAGE_{record.role}")
        message.content = record.content
        message.timestamp = record.at
        message.ClearField("metadata")
        update_struct(
            message.metadata, {key: item for key, item in record.metadata.items() if key != PARTIAL}
        )
        if not record.complete:
            message.metadata[PARTIAL] = True

    def _set_call(self, record: ToolCallSet) -> None:
        place = self.calls.get(record.id)
        if place is None:
            self.calls[record.id] = len(self.status.tool_calls)
            call = self.status.tool_calls.add(id=record.id)
        else:
            call = self.status.tool_calls[place]
        call.name = record.name
        call.result = record.result
        call.status = _state(ToolCallStatus, f"TOOL_CALL_{record.status}")
        call.error = record.error
        call.started_at = record.started_at
        call.completed_at = record.completed_at
        set_struct(call.args, record.args)
        if record.metadata:
            update_struct(call.component_metadata.metadata, record.metadata)
        if record.message >= 0:
            self._copy_into_message(call, record.message)

    def _set_question(self, record: QuestionSet) -> None:
        place = self.calls.get(record.call)
        if place is None:
            raise ValueError(f"there is no call {record.call}")
        call = self.status.tool_calls[place]
        asked = call.component_metadata.metadata.fields[QUESTIONS].list_value
        mine = next((each for each in asked.values if each.struct_value["id"] == record.id), None)
        set_struct((mine or asked.values.add()).struct_value, _question(record))
        for message in self.status.messages:
            for copy in message.tool_calls:
                if copy.id == call.id:
                    copy.component_metadata.CopyFrom(call.component_metadata)

    def _copy_into_message(self, call: ToolCall, index: int) -> None:
        message = self._message(index)
        for mine in message.tool_calls:
            if mine.id == call.id:
                mine.CopyFrom(call)
                return
        message.tool_calls.add().CopyFrom(call)

    def _set_sub_agent(self, record: SubAgentSet) -> None:
        place = self.sub_agents.get(record.id)
        if place is None:
            self.sub_agents[record.id] = len(self.status.sub_agent_executions)
            sub: SubAgentExecution = self.status.sub_agent_executions.add(id=record.id)
        else:
            sub = self.status.sub_agent_executions[place]
        sub.name = record.name
        sub.input = record.input
        sub.output = record.output
        sub.status = _state(SubAgentStatus, f"SUB_AGENT_{record.status}")
        sub.error = record.error
        sub.started_at = record.started_at
        sub.completed_at = record.completed_at
        said = ListValue()
        if SUB_AGENT_MESSAGES in sub.metadata.fields:
            said.CopyFrom(sub.metadata.fields[SUB_AGENT_MESSAGES].list_value)
        set_struct(sub.metadata, record.metadata)
        if said.values:
            sub.metadata.fields[SUB_AGENT_MESSAGES].list_value.CopyFrom(said)

    def _set_sub_agent_message(self, record: MessageSet) -> None:
        """The contract has no field for it."""
        place = self.sub_agents.get(record.sub_agent)
        if place is None:
            raise ValueError(f"there is no sub-agent {record.sub_agent}")
        said = self.status.sub_agent_executions[place].metadata.fields[SUB_AGENT_MESSAGES].list_value
        while len(said.values) <= record.index:
            said.values.add().struct_value.SetInParent()
        message = said.values[record.index].struct_value
        set_struct(
            message,
            {
                "role": record.role,
                "content": record.content,
                "at": record.at,
                "calls": record.metadata.get("calls", []),
            },
        )


def _question(record: QuestionSet) -> dict[str, Any]:
    return {
        **record.input,
        **record.output,
        "id": record.id,
        "kind": record.kind,
        "state": record.state.lower(),
        "asked_at": record.asked_at,
        "answered_at": record.answered_at,
    }


def _cut_off_call(call: ToolCall, at: str) -> None:
    for asked in call.component_metadata.metadata.fields[QUESTIONS].list_value.values if _asks(call) else ():
        if asked.struct_value["state"] == "waiting":
            asked.struct_value.update({"state": "ended", "answered_at": at})
    if call.status < ToolCallStatus.TOOL_CALL_COMPLETED:
        call.status = ToolCallStatus.TOOL_CALL_FAILED
        call.error = call.error or CUT_OFF
        call.completed_at = at


def _asks(call: ToolCall) -> bool:
    return QUESTIONS in call.component_metadata.metadata.fields


def drop_partial(status: Status) -> None:
    """Keeps the messages before the first one that still grows: the list then only grows at its end."""
    if isinstance(status, AgentExecutionStatus):
        for index, message in enumerate(status.messages):
            if PARTIAL in message.metadata.fields:
                del status.messages[index:]
                return


def merge_status(status: Status, news: Status) -> None:
    """What an external runner reports: set fields overwrite, lists replace, tasks are matched by their id."""
    if isinstance(status, WorkflowExecutionStatus) and isinstance(news, WorkflowExecutionStatus):
        _merge_tasks(status, news)
        if news.HasField("output"):
            status.output.CopyFrom(news.output)
        status.temporal_workflow_id = news.temporal_workflow_id or status.temporal_workflow_id
    elif isinstance(status, AgentExecutionStatus) and isinstance(news, AgentExecutionStatus):
        for name in ("messages", "tool_calls", "sub_agent_executions"):
            if getattr(news, name):
                status.ClearField(name)
                getattr(status, name).MergeFrom(getattr(news, name))
        if news.todos:
            status.ClearField("todos")
            _copy_map(news.todos, status.todos)
    else:
        raise TypeError(f"{type(news).__name__} is not the status of this execution")
    status.phase = news.phase or status.phase
    for name in ("error", "started_at", "completed_at"):
        setattr(status, name, getattr(news, name) or getattr(status, name))


def _merge_tasks(status: WorkflowExecutionStatus, news: WorkflowExecutionStatus) -> None:
    places = {task.task_id: place for place, task in enumerate(status.tasks)}
    for task in news.tasks:
        if task.task_id in places:
            status.tasks[places[task.task_id]].CopyFrom(task)
        else:
            places[task.task_id] = len(status.tasks)
            status.tasks.add().CopyFrom(task)


def _copy_map(source: MutableMapping[str, Any], target: MutableMapping[str, Any]) -> None:
    for key, value in source.items():
        target[key].CopyFrom(value)
