"""Runs as lists of events."""

from __future__ import annotations

from pathlib import Path

from runcmd.events import (
    AppliedChange,
    ApplyFinished,
    BackendConnected,
    CallState,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageStarted,
    Nested,
    NestedExecution,
    NotesDropped,
    Outcome,
    Phase,
    PhaseChanged,
    Printed,
    ProgramWrote,
    ProjectFound,
    ResourceApplied,
    Role,
    RunFinished,
    Source,
    SubAgentChanged,
    SynthesisFinished,
    SynthesisStarted,
    TargetKind,
    TargetResolved,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TaskState,
    ThinkingGrew,
    TodoChanged,
    ToolCallChanged,
    Totals,
    TurnFinished,
    Usage,
    WaitEnded,
    Waits,
)

PROJECT = Path("/home/ada/shop")


def deployed(agents: int, workflows: int, changed: int) -> list[Event]:
    return [
        ProjectFound(directory=PROJECT, name="shop", file=PROJECT / "Stigmer.yaml"),
        SynthesisStarted(main=PROJECT / "main.py"),
        ProgramWrote(stream="stdout", text="reading prices\n"),
        SynthesisFinished(agents=agents, workflows=workflows, seconds=0.1),
        BackendConnected(address="unix:/run/s", started=True),
        ResourceApplied(
            kind=TargetKind.WORKFLOW,
            name="customer-onboarding",
            slug="customer-onboarding",
            id="wfl-01",
            change=AppliedChange.CREATED,
        ),
        ApplyFinished(agents=agents, workflows=workflows, changed=changed, seconds=0.1),
    ]


def resolved(kind: TargetKind, name: str, how: str) -> TargetResolved:
    return TargetResolved(kind=kind, name=name, slug=name, id="x-01", description="", how=how)


def finished_task(path: str, name: str, state: TaskState, error: str = "") -> TaskFinished:
    return TaskFinished(task=path, name=name, kind="set", state=state, seconds=0.2, error=error)


def started(path: str, name: str) -> TaskStarted:
    return TaskStarted(task=path, name=name, kind="set")


def call(state: CallState, **values: str) -> ToolCallChanged:
    given = {"arguments": "", "result": "", "error": ""} | values
    return ToolCallChanged(call="c1", name="query_database", state=state, seconds=None, **given)


WORKFLOW: list[Event] = [
    *deployed(0, 1, 1),
    resolved(TargetKind.WORKFLOW, "customer-onboarding", "given"),
    ExecutionCreated(execution="wex-01", kind=TargetKind.WORKFLOW, name="customer-onboarding"),
    PhaseChanged(execution="wex-01", phase=Phase.IN_PROGRESS),
    started("validate_email", "validate_email"),
    finished_task("validate_email", "validate_email", TaskState.COMPLETED),
    started("each[2]/price", "price"),
    TaskNoted(task="each[2]/price", name="price", text="attempt 2 in 1s"),
    finished_task("each[2]/price", "price", TaskState.COMPLETED),
    finished_task("send_email", "send_email", TaskState.SKIPPED),
    PhaseChanged(execution="wex-01", phase=Phase.COMPLETED),
    RunFinished(
        outcome=Outcome.SUCCEEDED,
        exit_code=0,
        execution="wex-01",
        kind=TargetKind.WORKFLOW,
        name="customer-onboarding",
        seconds=3.0,
        totals=Totals(tasks=3, completed=2, skipped=1),
        answer='{"price": 12}',
    ),
]

AGENT: list[Event] = [
    *deployed(2, 1, 0),
    resolved(TargetKind.AGENT, "data-processor", "only"),
    ExecutionCreated(execution="aex-01", kind=TargetKind.AGENT, name="data-processor"),
    PhaseChanged(execution="aex-01", phase=Phase.PENDING),
    PhaseChanged(execution="aex-01", phase=Phase.IN_PROGRESS),
    MessageStarted(index=0, role=Role.HUMAN, text="Process recent orders"),
    MessageStarted(index=1, role=Role.AI, text=""),
    MessageGrew(index=1, role=Role.AI, more="I'll fetch"),
    MessageGrew(index=1, role=Role.AI, more=" the recent orders."),
    call(CallState.RUNNING, arguments='{"table": "orders"}'),
    call(CallState.COMPLETED, arguments='{"table": "orders"}', result="3 rows"),
    MessageStarted(index=2, role=Role.TOOL, text="3 rows"),
    SubAgentChanged(
        call="s1", name="auditor", state=CallState.RUNNING, input="check", output="", error="", seconds=None
    ),
    TodoChanged(todo="t1", content="report", state="in_progress"),
    MessageStarted(index=3, role=Role.AI, text="There are 3 orders.\nAll are fine."),
    RunFinished(
        outcome=Outcome.SUCCEEDED,
        exit_code=0,
        execution="aex-01",
        kind=TargetKind.AGENT,
        name="data-processor",
        seconds=0.42,
        totals=Totals(messages=4, tool_calls=1),
        answer="There are 3 orders.\nAll are fine.",
    ),
]

FAILED: list[Event] = [
    resolved(TargetKind.WORKFLOW, "sync", "given"),
    ExecutionCreated(execution="wex-02", kind=TargetKind.WORKFLOW, name="sync"),
    PhaseChanged(execution="wex-02", phase=Phase.IN_PROGRESS),
    started("fetch", "fetch"),
    finished_task("fetch", "fetch", TaskState.FAILED, "HTTP 404 from http://shop/prices"),
    PhaseChanged(execution="wex-02", phase=Phase.FAILED),
    RunFinished(
        outcome=Outcome.FAILED,
        exit_code=1,
        execution="wex-02",
        kind=TargetKind.WORKFLOW,
        name="sync",
        seconds=75.2,
        totals=Totals(tasks=1, failed=1),
        error="task fetch failed: HTTP 404 from http://shop/prices",
        hint="is the shop running?",
    ),
]

TOLD: list[Event] = [
    resolved(TargetKind.AGENT, "data-processor", "only"),
    ExecutionCreated(execution="aex-02", kind=TargetKind.AGENT, name="data-processor"),
    Waits(on="mcp_server git", text="starting the MCP server git", hint="", task="", seconds=None),
    Printed(source=Source.MCP_SERVER, name="git", stream="stderr", text="listening", task=""),
    WaitEnded(on="mcp_server git", task=""),
    Waits(on="retry", text="HTTP 429 from the model", hint="", task="", seconds=45.0),
    WaitEnded(on="retry", task=""),
    ThinkingGrew(index=1, more="They want orders.\n"),
    ThinkingGrew(index=1, more="I have a table."),
    MessageStarted(index=1, role=Role.AI, text="Let me look."),
    TurnFinished(
        index=1,
        model="claude-sonnet-4-5",
        address="https://api.anthropic.com",
        usage=Usage(input_tokens=1200, output_tokens=88, cached_tokens=1000, cost_usd=0.0021),
        finish_reason="tool_call",
        seconds=2.13,
    ),
    TurnFinished(
        index=2, model="scripted", address="", usage=Usage(), finish_reason="length", seconds=0.01, call="c1"
    ),
    Waits(
        on="signal approve",
        text="waiting for the signal approve",
        hint="stigmer executions signal wex-01 approve",
        task="ask",
        seconds=None,
    ),
    Printed(source=Source.ACTIVITY, name="clean", stream="stdout", text="1 of 3", task="each[1]/clean"),
    NotesDropped(count=2, bytes=12_345),
    RunFinished(
        outcome=Outcome.SUCCEEDED,
        exit_code=0,
        execution="aex-02",
        kind=TargetKind.AGENT,
        name="data-processor",
        seconds=0.42,
        totals=Totals(
            messages=4, tool_calls=1, usage=Usage(input_tokens=1200, output_tokens=88, cost_usd=0.0021)
        ),
    ),
]

REVIEWER = NestedExecution(
    execution="aex-11",
    kind=TargetKind.AGENT,
    name="reviewer",
    path=("both/review/ask",),
    parent="wex-03",
    origin="both/review/ask",
)
CHILD = NestedExecution(
    execution="wex-12",
    kind=TargetKind.WORKFLOW,
    name="translate",
    path=("both/translate/child",),
    parent="wex-03",
    origin="both/translate/child",
)
TRANSLATOR = NestedExecution(
    execution="aex-13",
    kind=TargetKind.AGENT,
    name="translator",
    path=("both/translate/child", "each[0]/ask"),
    parent="wex-12",
    origin="each[0]/ask",
)
CHECKER = NestedExecution(
    execution="aex-13/c7",
    kind=TargetKind.AGENT,
    name="checker",
    path=("both/translate/child", "each[0]/ask", "checker"),
    parent="aex-13",
    origin="c7",
)


def created(nested: NestedExecution) -> list[Event]:
    event = ExecutionCreated(execution=nested.execution, kind=nested.kind, name=nested.name)
    return [Nested(nested=nested, event=event), phase_of(nested, Phase.IN_PROGRESS)]


def phase_of(nested: NestedExecution, phase: Phase, error: str = "") -> Event:
    return Nested(nested=nested, event=PhaseChanged(execution=nested.execution, phase=phase, error=error))


def said(nested: NestedExecution, index: int, role: Role, text: str) -> Event:
    return Nested(nested=nested, event=MessageStarted(index=index, role=role, text=text))


def grew(nested: NestedExecution, index: int, more: str) -> Event:
    return Nested(nested=nested, event=MessageGrew(index=index, role=Role.AI, more=more))


def helped(state: CallState, output: str = "", error: str = "") -> Event:
    return Nested(
        nested=TRANSLATOR,
        event=SubAgentChanged(
            call="c7", name="checker", state=state, input="check it", output=output, error=error, seconds=None
        ),
    )


NESTED: list[Event] = [
    resolved(TargetKind.WORKFLOW, "publish", "given"),
    ExecutionCreated(execution="wex-03", kind=TargetKind.WORKFLOW, name="publish"),
    PhaseChanged(execution="wex-03", phase=Phase.IN_PROGRESS),
    started("both", "both"),
    started("both/review/ask", "ask"),
    *created(REVIEWER),
    started("both/translate/child", "child"),
    *created(CHILD),
    said(REVIEWER, 0, Role.HUMAN, "Review this text"),
    said(REVIEWER, 1, Role.AI, "It "),
    Nested(nested=CHILD, event=started("each", "each")),
    Nested(nested=CHILD, event=started("each[0]/ask", "ask")),
    *created(TRANSLATOR),
    said(TRANSLATOR, 0, Role.HUMAN, "Translate it"),
    grew(REVIEWER, 1, "is fine"),
    said(TRANSLATOR, 1, Role.AI, "I ask the checker."),
    helped(CallState.RUNNING),
    *created(CHECKER),
    said(CHECKER, 0, Role.HUMAN, "check it"),
    Nested(nested=CHECKER, event=call(CallState.RUNNING, arguments='{"word": "Katze"}')),
    grew(REVIEWER, 1, "."),
    phase_of(REVIEWER, Phase.COMPLETED),
    finished_task("both/review/ask", "ask", TaskState.COMPLETED),
    Nested(nested=CHECKER, event=call(CallState.FAILED, error="no such word")),
    phase_of(CHECKER, Phase.FAILED, "no such word"),
    helped(CallState.FAILED, error="no such word"),
    phase_of(TRANSLATOR, Phase.FAILED, "checker failed: no such word"),
    Nested(
        nested=CHILD, event=finished_task("each[0]/ask", "ask", TaskState.FAILED, "agent translator failed")
    ),
    Nested(nested=CHILD, event=finished_task("each", "each", TaskState.FAILED, "agent translator failed")),
    phase_of(CHILD, Phase.FAILED, "task each failed: agent translator failed"),
    finished_task("both/translate/child", "child", TaskState.FAILED, "workflow translate failed"),
    finished_task("both", "both", TaskState.FAILED, "workflow translate failed"),
    PhaseChanged(execution="wex-03", phase=Phase.FAILED, error="task both failed: workflow translate failed"),
    RunFinished(
        outcome=Outcome.FAILED,
        exit_code=1,
        execution="wex-03",
        kind=TargetKind.WORKFLOW,
        name="publish",
        seconds=4.1,
        totals=Totals(tasks=3, completed=1, failed=2),
        error="task both failed: workflow translate failed",
    ),
]
