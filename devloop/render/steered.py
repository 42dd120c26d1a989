"""Where a watch loop stands, as another command shows it."""

from __future__ import annotations

from typing import Any

from devloop.render.words import named_paths
from devloop.terminal.visible import visible

Record = dict[str, Any]


def state_lines(state: Record) -> list[str]:
    """Of one loop: what it runs and where, and what is under way."""
    targets = ", ".join(state["targets"]) or "nothing yet"
    lines = [f"{targets} in {state['project']}", f"  socket: {state['socket']}", f"  {_waits(state)}"]
    lines += [f"  run {each['run']} runs: {each['execution']}" for each in state["running"]]
    if (last := state["last"]) is not None:
        lines.append(f"  run {last['run']} {last['outcome']}: {last['execution']}")
    return [visible(line) for line in lines]


def _waits(state: Record) -> str:
    files = f"{state['files']} file{'s' * (state['files'] != 1)}"
    if state["missing"]:
        return f"{state['missing']} is gone"
    if not state["gen"]:
        return "starting"
    changed = f"; changed: {named_paths(state['changed'])}" if state["changed"] else ""
    if state["paused"]:
        return f"paused, watching {files}{changed}"
    if state["manual"]:
        return f"watching {files}, runs when asked{changed}"
    return f"watching {files}"
