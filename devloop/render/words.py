"""The words and icons of the plain form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcmd.events import CallState, CancelReason, ExecutionCreated, Phase, Role, TaskState
from runcmd.told import Usage

if TYPE_CHECKING:
    from runcmd.inspection import InspectedExecution

RULE_WIDTH = 80
OUTPUT_WIDTH = 100

PHASES = {
    Phase.PENDING: ("⏳", "Execution pending..."),
    # Two spaces, because terminals draw these two signs wider than they count them.
    Phase.IN_PROGRESS: ("▶️ ", "Execution started"),
    Phase.COMPLETED: ("✅", "Execution completed"),
    Phase.FAILED: ("❌", "Execution failed"),
    Phase.CANCELLED: ("⚠️ ", "Execution cancelled"),
}
THINKING = ("💭", "Thinking")
ROLES = {
    Role.HUMAN: ("💬", "You"),
    Role.AI: ("🤖", "Agent"),
    Role.TOOL: ("🔧", "Tool"),
    Role.SYSTEM: ("ℹ️", "System"),
}
TASK_ICONS = {
    TaskState.PENDING: "⏳",
    TaskState.RUNNING: "⚙️",
    TaskState.COMPLETED: "✓",
    TaskState.FAILED: "✗",
    TaskState.SKIPPED: "⊘",
    TaskState.CANCELLED: "⊘",
}
CALL_ICONS = {
    CallState.PENDING: "⏳",
    CallState.RUNNING: "🔧",
    CallState.COMPLETED: "✓",
    CallState.FAILED: "✗",
}
TODO_ICONS = {"pending": "☐", "in_progress": "◐", "completed": "☑", "cancelled": "☒"}
REASONS = {
    CancelReason.SUPERSEDED: "a newer run takes over",
    CancelReason.TIMEOUT: "time is up",
    CancelReason.INTERRUPTED: "interrupted",
    CancelReason.TERMINATED: "terminated",
}


def duration(seconds: float) -> str:
    """`240ms`, `3.2s`, `18.2s`, `12s`, `2m 5s`, `1h 2m`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms" if seconds >= 0.001 else "<1ms"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"


def label_of_tokens(usage: Usage) -> str:
    """`1,200 tokens in, 88 out`; nothing where it is not known."""
    if not usage.known:
        return ""
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    return f"{usage.input_tokens:,} tokens in{cached}, {usage.output_tokens:,} out"


def cost(usage: Usage) -> str:
    """`$0.0042`, `$1.25`; nothing where no price is known."""
    if usage.cost_usd is None:
        return ""
    digits = 2 if usage.cost_usd >= 1 or usage.cost_usd == 0 else 4
    return f"${usage.cost_usd:,.{digits}f}"


def state_word(value: str) -> str:
    """`in_progress` as people read it: `In progress`."""
    return value.replace("_", " ").capitalize()


def origin(created: ExecutionCreated | InspectedExecution) -> str:
    """What an execution has to do with those before it; empty: nothing."""
    if created.only_task:
        values = f"values of {created.values_of}" if created.values_of else "no run before has values for it"
        return f"Only task {created.only_task}, {values}"
    if not created.resumed_from:
        return ""
    where = f" at {created.resumed_at}" if created.resumed_at else ""
    return f"Goes on with {created.resumed_from}{where}"


def task_label(path: str, name: str) -> str:
    """The path if it says where the task is, the name if the path is only an id."""
    last = path.rpartition("/")[2].partition("[")[0]
    return path if not name or last == name else name


def one_line(text: str, limit: int = 160) -> str:
    """The text as one line of at most `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def named_paths(paths: Sequence[str], shown: int = 2) -> str:
    """`prompts/review.md, main.py (+2)`."""
    more = f" (+{len(paths) - shown})" if len(paths) > shown else ""
    return ", ".join(paths[:shown]) + more


def counted(agents: int, workflows: int) -> str:
    """`2 agent(s) and 1 workflow(s)`, only what is there."""
    halves = [
        f"{number} {word}(s)" for number, word in ((agents, "agent"), (workflows, "workflow")) if number
    ]
    return " and ".join(halves) or "nothing"


def pretty_json(text: str) -> str:
    """JSON on as few lines as fit; other text unchanged."""
    try:
        return _spread(json.loads(text), "", len("Output: "))
    except (ValueError, RecursionError):
        return text


def _spread(value: object, indent: str, before: int) -> str:
    """On one line after `before` other characters if that fits, else one line for each item."""
    line = json.dumps(value, ensure_ascii=False)
    if before + len(line) <= OUTPUT_WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        keys = [f"{inner}{json.dumps(key, ensure_ascii=False)}: " for key in value]
        items = [key + _spread(item, inner, len(key)) for key, item in zip(keys, value.values(), strict=True)]
    else:
        items = [inner + _spread(item, inner, len(inner)) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return ",\n".join([f"{start}\n{items[0]}", *items[1:]]) + f"\n{indent}{end}"
