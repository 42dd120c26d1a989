"""One execution as a tree on the screen, or for programs: `stigmer executions show`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from devloop.render.history import age
from devloop.render.jsonl import plain_value
from devloop.render.output import Output
from devloop.render.words import (
    CALL_ICONS,
    PHASES,
    ROLES,
    TASK_ICONS,
    cost,
    duration,
    label_of_tokens,
    one_line,
    origin,
    pretty_json,
    state_word,
)
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import harmless, safe_json, visible
from runcmd.events import Role, TaskState
from runcmd.inspection import SUB_AGENT, TOOL, InspectedExecution, InspectedMessage, InspectedStep
from runcmd.reasons import reason
from stigmer_api.bodies import in_short

INDENT = "   "
STYLES = {
    "completed": Style.GOOD,
    "failed": Style.BAD,
    "cancelled": Style.WARN,
    "skipped": Style.DIM,
}


def typed(*words: str) -> str:
    """What to type for another command, to the usual backend."""
    return " ".join(("stigmer", *words))


def show_execution(
    out: Terminal,
    output: Output,
    execution: InspectedExecution,
    step: InspectedStep | None,
    now: datetime,
    *,
    command: Callable[..., str] = typed,
) -> None:
    """All of it, or one step of it.

    Args:
        step: only this one, with its texts whole.
        now: the moment from which ages are counted.
        command: what to type for another command to the same backend.
    """
    match output:
        case Output.JSON:
            text = json.dumps(plain_value(step or execution), ensure_ascii=not out.encoding.startswith("utf"))
            out.record(safe_json(text))
        case Output.QUIET:
            answer = step.output if step else execution.answer
            if answer:
                out.text(answer)
        case _ if step is not None:
            _Tree(out, whole=True).step(step, "")
        case _:
            _overview(out, execution, now, command)


def _overview(
    out: Terminal, execution: InspectedExecution, now: datetime, command: Callable[..., str]
) -> None:
    tree = _Tree(out, whole=False)
    icon, _ = PHASES[execution.phase]
    took = "" if execution.seconds is None else f" {duration(execution.seconds)}"
    state = f"[{state_word(execution.phase.value)}]{took}"
    style = STYLES.get(execution.phase.value)
    out.line(f"{out.icon(icon)}{execution.kind.title}: {execution.name} {state}", style)
    out.line(f"Execution ID: {execution.execution}")
    for line in (origin(execution), _resumed_by(execution)):
        if line:
            out.line(line)
    if execution.started_at:
        out.line(f"Started: {execution.started_at} ({age(execution.started_at, now)})")
    if used := _used(execution):
        out.line(used)
    out.line()
    tree.inside(execution, "")
    if execution.output:
        out.line()
        for line in f"Output: {pretty_json(execution.output)}".split("\n"):
            out.line(line)
    if tree.shortened:
        out.line()
        show = command("executions show", execution.execution)
        out.line(f"a task whole: {show} --task PATH", Style.DIM)
        out.line(f"everything: {show} -o json", Style.DIM)


def _resumed_by(execution: InspectedExecution) -> str:
    return f"Resumed by {', '.join(execution.resumed_by)}" if execution.resumed_by else ""


def _used(execution: InspectedExecution) -> str:
    models = dict.fromkeys(turn.model for turn in execution.turns)
    return ", ".join(filter(None, [*models, label_of_tokens(execution.usage), cost(execution.usage)]))


class _Tree:
    """Lines, each indented by its depth."""

    def __init__(self, out: Terminal, *, whole: bool) -> None:
        self.shortened = False
        self._out = out
        self._whole = whole

    def inside(self, execution: InspectedExecution, indent: str) -> None:
        """What is in it, and why it failed if nothing in it says so."""
        if execution.input and not _has_role(execution.messages, Role.HUMAN):
            self._text(indent, "Input: ", execution.input)
        calls = {step.path: step for step in execution.steps if step.kind in (TOOL, SUB_AGENT)}
        self._conversation(execution.messages, calls, indent)
        for step in execution.steps:
            if step.path not in calls:
                self.step(step, indent)
        for warned in execution.warnings:
            self._line(indent, f"Warning: {warned.text}", Style.WARN)
            if warned.hint:
                self._line(f"{indent}{INDENT}", warned.hint)
        for wait in execution.waits:
            self._line(indent, f"{self._out.icon('⏳')}{wait.text}", Style.WARN)
            if wait.hint:
                self._line(f"{indent}{INDENT}", wait.hint)
        if execution.error and not any(map(_failed, execution.steps)):
            self._error(execution.error, indent)

    def step(self, step: InspectedStep, indent: str) -> None:
        """A task or a call, and what is within it."""
        icons: dict[str, str] = {state.value: icon for state, icon in TASK_ICONS.items()}
        label = f"Task: {step.path}"
        if step.kind in (TOOL, SUB_AGENT):
            icons |= {state.value: icon for state, icon in CALL_ICONS.items()}
            label = f"{'Tool' if step.kind == TOOL else 'Sub-agent'}: {step.name}"
        timed = step.seconds is not None and step.state != TaskState.SKIPPED.value
        took = f" {duration(step.seconds or 0)}" if timed else ""
        icon = self._out.icon(icons[step.state])
        state = "kept" if step.kept_from else step.state
        self._line(indent, f"{icon}{label} [{state_word(state)}]{took}", STYLES.get(step.state))
        deeper = f"{indent}{INDENT}"
        asked = _has_role(step.messages, Role.HUMAN)
        if step.input not in ("", "{}") and not asked and (self._whole or step.kind in (TOOL, SUB_AGENT)):
            self._text(deeper, "Input: " if self._whole else "", step.input)
        for line in step.printed:
            self._line(deeper, f"{line.name}: {line.text}", Style.DIM)
        calls = {each.path: each for each in step.steps if each.kind == TOOL}
        self._conversation(step.messages, calls, deeper)
        for each in step.steps:
            if each.path not in calls:
                self.step(each, deeper)
        for execution in step.executions:
            self._within(execution, deeper)
        if step.state == TaskState.CANCELLED.value:
            self._line(deeper, step.error, Style.DIM)
        elif step.error:
            self._error(step.error, deeper, known=_fails(step))
        elif step.output and (self._whole or not (step.steps or step.executions or step.messages)):
            self._text(deeper, "Output: " if self._whole else "→ ", step.output)

    def _within(self, execution: InspectedExecution, indent: str) -> None:
        used = _used(execution)
        about = f" ({used})" if used else ""
        state = state_word(execution.phase.value)
        took = "" if execution.seconds is None else f" {duration(execution.seconds)}"
        line = f"{execution.kind.title}: {execution.name} [{state}]{took} {execution.execution}{about}"
        self._line(indent, line, STYLES.get(execution.phase.value))
        self.inside(execution, f"{indent}{INDENT}")

    def _conversation(
        self, messages: Sequence[InspectedMessage], calls: dict[str, InspectedStep], indent: str
    ) -> None:
        """Each message, then the calls that it makes; at the end the calls of no message."""
        asked = bool(indent)  # by a task or another agent
        left = dict(calls)
        for message in messages:
            if message.text and message.role is not Role.TOOL:
                icon, label = ROLES[message.role]
                label = "Asked" if asked and message.role is Role.HUMAN else label
                self._text(indent, f"{self._out.icon(icon)}{label}: ", message.text)
            for call in message.calls:
                if (step := left.pop(call, None)) is not None:
                    self.step(step, indent)
        for step in left.values():
            self.step(step, indent)

    def _error(self, error: str, indent: str, *, known: bool = False) -> None:
        """In full where it came up; above that only what failed because of it."""
        why = reason(error)
        text = f"{': '.join(why.steps)} (see above)" if known and why.steps else why.full
        if self._whole:
            text = error
        elif known and not why.steps:
            return  # what is within says it
        self.shortened = self.shortened or in_short(error) != error
        for line in text.rstrip().split("\n"):
            self._line(indent, line, Style.BAD)

    def _text(self, indent: str, head: str, text: str) -> None:
        short = one_line(in_short(text))
        if not self._whole:
            self.shortened = self.shortened or short != " ".join(text.split())
            self._line(indent, f"{head}{short}", Style.DIM if head in ("", "→ ") else None)
            return
        first, *more = harmless(pretty_json(text)).split("\n")
        self._line(indent, f"{head}{first}")
        for line in more:
            self._line(indent, line)

    def _line(self, indent: str, text: str, style: Style | None = None) -> None:
        """Where somebody looks, broken between words; the rest is indented as the line is."""
        whole = f"{indent}{visible(text)}"
        deeper = len(whole) - len(whole.lstrip(" ")) + len(INDENT)
        for line in wrapped(whole, columns_of(self._out), deeper):
            self._out.line(line, style)


def _fails(step: InspectedStep) -> bool:
    """Does something within it say why it failed?"""
    return any(map(_failed, step.steps)) or any(each.error for each in step.executions)


def _failed(step: InspectedStep) -> bool:
    return bool(step.error) and step.state != TaskState.CANCELLED.value


def _has_role(messages: Iterable[InspectedMessage], role: Role) -> bool:
    return any(each.role is role for each in messages)
