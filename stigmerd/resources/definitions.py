"""What is wrong with the tasks of a workflow, beyond what the rules of its fields say?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from stigmer_api import tasks_pb2
from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from stigmer_api.validation import violations
from stigmer_api.workflow_pb2 import WorkflowTask

Tasks = Sequence[WorkflowTask]

MAX_DEPTH = 20
MAX_TASKS = 2000
MOST_COMPARED = 200  # names, to find one like it
WAYS_OUT = ("end", "continue", "exit")
KEPT = 512  # configurations that were checked
MOST_KEPT_BYTES = 16 << 10

CONFIGS: dict[int, type[Message]] = {
    1: tasks_pb2.SetTaskConfig,
    2: tasks_pb2.HttpCallTaskConfig,
    3: tasks_pb2.GrpcCallTaskConfig,
    4: tasks_pb2.CallActivityTaskConfig,
    5: tasks_pb2.SwitchTaskConfig,
    6: tasks_pb2.ForTaskConfig,
    7: tasks_pb2.ForkTaskConfig,
    8: tasks_pb2.TryTaskConfig,
    9: tasks_pb2.ListenTaskConfig,
    10: tasks_pb2.WaitTaskConfig,
    11: tasks_pb2.RaiseTaskConfig,
    12: tasks_pb2.RunTaskConfig,
    13: tasks_pb2.AgentCallTaskConfig,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBlock:
    """One list of tasks and where it is."""

    path: str
    tasks: Tasks
    depth: int


def faults(tasks: Tasks) -> Iterator[str]:
    """Each says where and what: `spec.tasks[1].flow.then (task "fetch"): …`."""
    waiting = deque([TaskBlock(path="spec.tasks", tasks=tasks, depth=1)])
    nested: set[str] = set()
    seen = 0
    while waiting:
        block = waiting.popleft()
        seen += len(block.tasks)
        if seen > MAX_TASKS:
            yield f"{block.path}: more than {MAX_TASKS} tasks; split the workflow and use RUN tasks"
            return
        if block.depth > MAX_DEPTH:
            yield f"{block.path}: nested deeper than {MAX_DEPTH} levels; use a RUN task"
            continue
        names = dict.fromkeys(task.name for task in block.tasks)
        for index, task in enumerate(block.tasks):
            where = f"{block.path}[{index}]"
            config, problems = typed_config(task)
            yield from (f'{where}.task_config{p.path} (task "{task.name}"): {p.text}' for p in problems)
            yield from _bad_targets(names, where, task, config)
            inner = [
                TaskBlock(path=f"{where}.task_config.{path}", tasks=inner, depth=block.depth + 1)
                for path, inner in inner_lists(config)
            ]
            nested.update(t.name for b in inner for t in b.tasks)
            waiting += inner
        if block.depth > 1:
            yield from _twins(block, set())
    # The Go SDK lists the tasks of loops and branches at the top as well, each as often as it is used.
    yield from _twins(TaskBlock(path="spec.tasks", tasks=tasks, depth=1), nested)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionProblem:
    path: str  # below task_config: `.endpoint.uri`, or empty
    text: str


def typed_config(task: WorkflowTask) -> tuple[Message | None, Sequence[DefinitionProblem]]:
    """The configuration as the message of its kind, strictly: unknown keys are errors. Not to be changed."""
    if task.kind not in CONFIGS:
        return None, [DefinitionProblem(path="", text=f"the kind {task.kind} is unknown")]
    data = task.task_config.SerializeToString(deterministic=True)
    # An edit changes few tasks, and every deployment sends all of them.
    check = _checked if len(data) <= MOST_KEPT_BYTES else _check
    return check(task.kind, data)


def _check(kind: int, data: bytes) -> tuple[Message | None, tuple[DefinitionProblem, ...]]:
    try:
        config = ParseDict(MessageToDict(Struct.FromString(data)), CONFIGS[kind]())
    except ParseError as error:
        name = WorkflowTaskKind.Name(kind).removeprefix("WORKFLOW_TASK_KIND_")
        return None, (DefinitionProblem(path="", text=f"no configuration of a {name} task: {_plain(error)}"),)
    return config, tuple(
        DefinitionProblem(path=f".{v.field}", text=f"{v.message} [{v.rule_id}]")
        for v in violations(config)
        if not _left_out(config, v.field)
    )


def _left_out(config: Message, field: str) -> bool:
    """The original's SDK does not write it, whatever the rules of the contract say. There is a default."""
    match config:
        case tasks_pb2.RaiseTaskConfig():
            return field == "message"
        case tasks_pb2.HttpCallTaskConfig():
            return field == "timeout_seconds" and not config.timeout_seconds
        case tasks_pb2.AgentCallTaskConfig():
            return field == "config.timeout" and not config.config.timeout
        case _:
            return False


_checked = lru_cache(KEPT)(_check)


def inner_lists(config: Message | None) -> list[tuple[str, Tasks]]:
    """The lists of tasks inside a configuration, with their paths."""
    match config:
        case tasks_pb2.ForTaskConfig():
            return [("do", config.do)]
        case tasks_pb2.ForkTaskConfig():
            return [(f"branches[{index}].do", branch.do) for index, branch in enumerate(config.branches)]
        case tasks_pb2.TryTaskConfig():
            caught = [("catch.do", config.catch.do)] if config.HasField("catch") else []
            return [("try", getattr(config, "try")), *caught]
    return []


def _twins(block: TaskBlock, excused: set[str]) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, task in enumerate(block.tasks):
        if task.name in first and task.name not in excused:
            yield f'{block.path}[{index}].name: "{task.name}" is taken by {block.path}[{first[task.name]}]'
        first.setdefault(task.name, index)


def _bad_targets(
    names: Mapping[str, None], where: str, task: WorkflowTask, config: Message | None
) -> Iterator[str]:
    targets = [(f"{where}.flow.then", task.flow.then)] if task.flow.then else []
    if isinstance(config, tasks_pb2.SwitchTaskConfig):
        targets += [
            (f"{where}.task_config.cases[{index}].then", case.then)
            for index, case in enumerate(config.cases)
            if case.then
        ]
    for path, target in targets:
        if target not in names and target not in WAYS_OUT:
            from difflib import get_close_matches  # not at every start

            close = get_close_matches(target, islice(names, MOST_COMPARED), n=1)
            hint = f'did you mean "{close[0]}"?' if close else "name a task of the same list, or `end`"
            yield f'{path} (task "{task.name}"): there is no task "{target}"; {hint}'


def _plain(error: ParseError) -> str:
    return str(error).splitlines()[0].rstrip(".")
