"""Tasks of workflows, in protobuf's JSON form."""

from __future__ import annotations

from typing import Any

KIND = "WORKFLOW_TASK_KIND_"


def task(name: str, kind: str, config: Any, *, then: str = "", export: str = "") -> dict[str, Any]:
    """`task("greet", "SET", {"variables": {"text": "hello"}})`."""
    document = {"name": name, "kind": KIND + kind, "taskConfig": config}
    if then:
        document["flow"] = {"then": then}
    if export:
        document["export"] = {"as": export}
    return document


def set_task(name: str = "greet", *, then: str = "", export: str = "", **variables: Any) -> dict[str, Any]:
    return task(name, "SET", {"variables": variables or {"text": "hello"}}, then=then, export=export)


def listen_task(name: str, signal: str) -> dict[str, Any]:
    """Waits for a signal."""
    return task(name, "LISTEN", {"to": {"mode": "one", "signals": [{"id": signal, "type": "signal"}]}})


def wait_task(name: str = "wait", seconds: int = 3600) -> dict[str, Any]:
    return task(name, "WAIT", {"seconds": seconds})
