"""A workflow out of plain dicts, as protobuf's JSON form gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from stigmerd.workflow.model import (
    AgentCall,
    Branch,
    CallActivity,
    Case,
    Config,
    For,
    Fork,
    GrpcCall,
    HttpCall,
    Listen,
    Raise,
    RunTask,
    Set,
    Signal,
    Switch,
    Task,
    Try,
    Value,
    Wait,
    Workflow,
    task_lists,
)

MAX_NESTING: Final = 32
KIND_PREFIX: Final = "WORKFLOW_TASK_KIND_"
# An enum in JSON is a name or a number.
ANY_SCOPE, PLATFORM, ORGANIZATION, ACCOUNT = "", "platform", "organization", "identity_account"
SCOPES: Final = {
    None: ANY_SCOPE,
    "": ANY_SCOPE,
    "api_resource_owner_scope_unspecified": ANY_SCOPE,
    0: ANY_SCOPE,
    PLATFORM: PLATFORM,
    1: PLATFORM,
    ORGANIZATION: ORGANIZATION,
    2: ORGANIZATION,
    ACCOUNT: ORGANIZATION,
    3: ORGANIZATION,  # nobody else has an account here
}


class BadWorkflow(ValueError):  # noqa: N818
    """A task that cannot be understood; the text names it by its path."""


def parse(document: Mapping[str, Value]) -> Workflow:
    """`document` is a WorkflowSpec or a Workflow in JSON form, camel or snake keys. Raises BadWorkflow."""
    spec = document.get("spec") or document
    header = spec.get("document") or {}
    tasks = _tasks(spec.get("tasks") or [], ())
    return Workflow(name=str(header.get("name", "")), tasks=_unique(_without_copies(tasks), "the workflow"))


class Fields:
    """The settings of one task, read by name; knows where it is for the error text."""

    def __init__(self, values: Value, path: Sequence[str]) -> None:
        self.path = tuple(path)
        if not isinstance(values, Mapping):
            raise self.bad(f"an object is needed, not {values!r}")
        self.values = values

    def bad(self, reason: str) -> BadWorkflow:
        return BadWorkflow(f"task {'/'.join(self.path)}: {reason}" if self.path else reason)

    def get(self, name: str) -> Value:
        """By its snake or its camel name; None when absent or null."""
        found = self.values.get(name)
        return self.values.get(_camel(name)) if found is None else found

    def text(self, name: str, *, required: bool = False) -> str:
        found = self.get(name)
        if found is None:
            found = ""
        if not isinstance(found, str):
            raise self.bad(f"`{name}` must be text, not {found!r}")
        if required and not found:
            raise self.bad(f"`{name}` is missing")
        return found

    def number(self, name: str) -> float | None:
        found = self.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.bad(f"`{name}` must be a number, not {found!r}")
        return found

    def mapping(self, name: str) -> Mapping[str, Value]:
        found = self.get(name)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise self.bad(f"`{name}` must be an object, not {found!r}")
        return found

    def inner(self, name: str) -> Fields:
        return Fields(self.mapping(name), self.path)

    def items(self, name: str) -> Sequence[Value]:
        found = self.get(name) or []
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise self.bad(f"`{name}` must be a list, not {found!r}")
        if not found:
            raise self.bad(f"`{name}` needs at least 1 entry")
        return found

    def do(self, name: str, *beneath: str) -> tuple[Task, ...]:
        path = (*self.path, *beneath)
        return _unique(_tasks(self.items(name), path), f"task {'/'.join(path)}")


def _tasks(documents: Sequence[Value], path: tuple[str, ...]) -> tuple[Task, ...]:
    if len(path) > 2 * MAX_NESTING:
        raise BadWorkflow(f"task {path[0]}: tasks are nested more than {MAX_NESTING} deep")
    return tuple(_task(Fields(each, path)) for each in documents)


def _task(fields: Fields) -> Task:
    name = fields.text("name", required=True)
    here = (*fields.path, name)
    kind = str(fields.get("kind") or "").removeprefix(KIND_PREFIX)
    read = READERS.get(kind)
    if read is None:
        raise Fields({}, here).bad(f"unknown kind {kind!r}; there are {', '.join(READERS)}")
    config = fields.get("task_config")
    return Task(
        name=name,
        config=read(Fields({} if config is None else config, here)),
        export=Fields(fields.mapping("export"), here).get("as"),
        then=Fields(fields.mapping("flow"), here).text("then"),
    )


def _set(fields: Fields) -> Set:
    return Set(variables=fields.mapping("variables"))


def _http_call(fields: Fields) -> HttpCall:
    return HttpCall(
        method=fields.text("method", required=True).upper(),
        uri=fields.inner("endpoint").text("uri", required=True),
        headers=fields.mapping("headers"),
        body=fields.get("body"),
        timeout_seconds=fields.number("timeout_seconds") or 30,
    )


def _grpc_call(fields: Fields) -> GrpcCall:
    return GrpcCall(
        service=fields.text("service", required=True),
        method=fields.text("method", required=True),
        request=fields.get("request"),
    )


def _agent_call(fields: Fields) -> AgentCall:
    config = fields.inner("config")
    return AgentCall(
        agent=fields.text("agent", required=True),
        scope=_scope(fields),
        message=fields.text("message", required=True),
        env=fields.mapping("env"),
        model=config.text("model"),
        timeout_seconds=config.number("timeout"),
        temperature=config.number("temperature"),
    )


def _scope(fields: Fields) -> str:
    value = fields.get("scope")
    if isinstance(value, bool | list | dict) or value not in SCOPES:
        raise fields.bad(f"scope is {PLATFORM} or {ORGANIZATION}, not {value!r}")
    return SCOPES[value]


def _run(fields: Fields) -> RunTask:
    return RunTask(workflow=fields.text("workflow", required=True), input=fields.get("input"))


def _call_activity(fields: Fields) -> CallActivity:
    return CallActivity(activity=fields.text("activity", required=True), input=fields.get("input"))


def _wait(fields: Fields) -> Wait:
    seconds = fields.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
        raise fields.bad(f"`seconds` must be a number, not {seconds!r}")
    return Wait(seconds=seconds)


def _listen(fields: Fields) -> Listen:
    to = fields.inner("to")
    mode = to.text("mode", required=True)
    if mode not in ("one", "all"):
        raise fields.bad(f"`to.mode` is `one` or `all`, not {mode!r}")
    signals = (Fields(each, fields.path) for each in to.items("signals"))
    return Listen(
        all=mode == "all",
        signals=tuple(Signal(id=each.text("id", required=True), type=each.text("type")) for each in signals),
    )


def _raise(fields: Fields) -> Raise:
    # The Go SDK cannot write a message, so it may be absent although the contract asks for it.
    return Raise(error=fields.text("error", required=True), message=fields.text("message"))


def _switch(fields: Fields) -> Switch:
    cases = tuple(_case(Fields(each, fields.path)) for each in fields.items("cases"))
    if sum(not case.when for case in cases) > 1:
        raise fields.bad("more than one case has no `when`; only one can be the default")
    return Switch(cases=cases)


def _case(fields: Fields) -> Case:
    when = fields.get("when")
    text = str(when).lower() if isinstance(when, bool) else fields.text("when")
    return Case(name=fields.text("name"), when=text, then=fields.text("then", required=True))


def _for(fields: Fields) -> For:
    items = fields.get("in")
    if items is None or items == "":
        raise fields.bad("`in` is missing")
    return For(each=fields.text("each") or "item", items=items, do=fields.do("do"))


def _fork(fields: Fields) -> Fork:
    branches = tuple(_branch(Fields(each, fields.path)) for each in fields.items("branches"))
    _no_duplicates([branch.name for branch in branches], "branches", f"task {'/'.join(fields.path)}")
    return Fork(branches=branches, compete=bool(fields.get("compete")))


def _branch(fields: Fields) -> Branch:
    name = fields.text("name", required=True)
    return Branch(name=name, do=fields.do("do", name))


def _try(fields: Fields) -> Try:
    catch = fields.get("catch")
    handler = None if catch is None else fields.inner("catch")
    return Try(
        do=fields.do("try", "try"),
        error_name=(handler.text("as") if handler else "") or "error",
        catch=handler.do("do", "catch") if handler else None,
    )


READERS: Final[Mapping[str, Callable[[Fields], Config]]] = {
    Set.KIND: _set,
    HttpCall.KIND: _http_call,
    GrpcCall.KIND: _grpc_call,
    Switch.KIND: _switch,
    For.KIND: _for,
    Fork.KIND: _fork,
    Try.KIND: _try,
    Listen.KIND: _listen,
    Wait.KIND: _wait,
    Raise.KIND: _raise,
    RunTask.KIND: _run,
    AgentCall.KIND: _agent_call,
    CallActivity.KIND: _call_activity,
}


def _without_copies(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """The Go SDK lists a task that was built for a loop or a branch at top level too: once, in its place."""
    nested: dict[str, list[Task]] = {}
    for task in tasks:
        _collect_nested(task, nested)
    own = [
        not any(task.same_work(copy) for copy in nested[task.name]) if task.name in nested else True
        for task in tasks
    ]
    aims = {aim for task, mine in zip(tasks, own, strict=True) if mine for aim in _aims(task)}
    return tuple(task for task, mine in zip(tasks, own, strict=True) if mine or task.name in aims)


def _aims(task: Task) -> tuple[str, ...]:
    """Where a task may jump to."""
    cases = task.config.cases if isinstance(task.config, Switch) else ()
    return (task.then, *(case.then for case in cases))


def _collect_nested(task: Task, found: dict[str, list[Task]]) -> None:
    for tasks in task_lists(task):
        for each in tasks:
            found.setdefault(each.name, []).append(each)
            _collect_nested(each, found)


def _unique(tasks: tuple[Task, ...], where: str) -> tuple[Task, ...]:
    _no_duplicates([task.name for task in tasks], "tasks", where)
    return tasks


def _no_duplicates(names: Sequence[str], what: str, where: str) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise BadWorkflow(f"{where}: two {what} are called {twice[0]!r}; give each a name of its own")


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
