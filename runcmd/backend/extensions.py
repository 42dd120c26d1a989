"""What a server without the extensions of ours cannot do, in words."""

from __future__ import annotations

PREFIX = "/stigmer.devloop.v1."
ONLY_OURS = "only the backend that comes with this command can, in a version that is as new"
CANNOT = {
    "ExecutionControl/cancel": "cannot cancel executions",
    "ExecutionControl/signal": "takes no signals for executions",
    "ExecutionControl/prune": "cannot delete executions by their age or number",
    "ExecutionQuery/watch": "tells nothing but the status of an execution",
    "ExecutionResumption/resume": "cannot go on with an execution that has ended",
    "ExecutionResumption/runTask": "cannot run one task alone",
    "HistoryQuery/list": "has no list of executions that can be searched",
    "SessionControl/fork": "cannot fork a conversation, or go on from within one",
    "SessionControl/undo": "cannot undo what was said",
    "SessionControl/history": "cannot undo what was said, or say what was undone",
    "Questions/list": "asks nobody to approve a call",
    "Questions/answer": "asks nobody to approve a call",
    "Resources/list": "cannot list what is deployed",
}
# The first that there was, and the one that every run needs: who lacks one of these is no server of ours.
FIRST = ("Resources", "ExecutionQuery")


def service_of(method: str) -> str:
    """`ExecutionControl` of `/stigmer.devloop.v1.ExecutionControl/cancel`; empty: it is no extension."""
    return method.removeprefix(PREFIX).partition("/")[0] if method.startswith(PREFIX) else ""


def cannot(method: str) -> str:
    """What to say of a server that does not know this extension, after its name."""
    name = method.removeprefix(PREFIX)
    return CANNOT.get(name, f"does not have {name}, which is an extension of ours")
