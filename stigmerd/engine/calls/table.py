"""Which kinds of call are there? A new one is a file beside this and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from stigmerd.engine.calls.activity import ActivityCalls
from stigmerd.engine.calls.children import AgentCalls, RunCalls
from stigmerd.engine.calls.grpc_call import GrpcCalls
from stigmerd.engine.calls.http import HttpCalls
from stigmerd.engine.interfaces import Call, CallTools
from stigmerd.workflow.model import AgentCall, CallActivity, GrpcCall, HttpCall, RunTask

CALLS: Final[Mapping[str, Callable[[CallTools], Call]]] = {
    HttpCall.KIND: HttpCalls,
    GrpcCall.KIND: GrpcCalls,
    AgentCall.KIND: AgentCalls,
    RunTask.KIND: RunCalls,
    CallActivity.KIND: ActivityCalls,
}


def calls_of(tools: CallTools) -> dict[str, Call]:
    return {kind: make(tools) for kind, make in CALLS.items()}
