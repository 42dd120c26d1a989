"""The block at the end of a run."""

from __future__ import annotations

from devloop.render.words import RULE_WIDTH, cost, duration, label_of_tokens
from devloop.terminal.stream import Style, Terminal, columns_of
from runcmd.events import Outcome, RunFinished, TargetKind

VERDICTS = {
    Outcome.SUCCEEDED: ("Done!", Style.GOOD),
    Outcome.FAILED: ("Failed!", Style.BAD),
    Outcome.CANCELLED: ("Cancelled!", Style.WARN),
}


def closing_block(out: Terminal, event: RunFinished) -> None:
    """What became of the execution, and its numbers."""
    rule = ("─" if out.can_show("─") else "-") * min(RULE_WIDTH, columns_of(out) or RULE_WIDTH)
    verdict, style = VERDICTS[event.outcome]
    out.line(rule, Style.DIM)
    out.line(verdict, style)
    out.line()
    if event.seconds is not None:
        out.line(f"Duration: {duration(event.seconds)}")
    for text in _numbers(event):
        out.line(text)
    out.line(rule, Style.DIM)


def numbers_in_short(event: RunFinished, out: Terminal) -> str:
    """`3.2s · 1,200 tokens in, 88 out · $0.0042`, as far as it is known."""
    usage = event.totals.usage
    took = duration(event.seconds) if event.seconds is not None else ""
    between = " · " if out.can_show("·") else " - "
    return between.join(filter(None, (took, label_of_tokens(usage), cost(usage))))


def _numbers(event: RunFinished) -> list[str]:
    totals = event.totals
    used = {"Tokens": label_of_tokens(totals.usage).replace(" tokens in", " in"), "Cost": cost(totals.usage)}
    uses = [f"{word}: {number}" for word, number in used.items() if number]
    if event.kind is TargetKind.AGENT:
        return [f"Total messages: {totals.messages}", f"Tool calls: {totals.tool_calls}", *uses]
    rare = {"Failed": totals.failed, "Skipped": totals.skipped, "Cancelled": totals.cancelled}
    lines = [f"Total tasks: {totals.tasks}", f"Completed: {totals.completed}"]
    return lines + [f"{word}: {number}" for word, number in rare.items() if number] + uses
