"""Each kind of task as the one that failed, and mended as a task of the same kind where that can be."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.devloop_pb2 import CancelRequest, SignalRequest
from stigmer_api.resumption_pb2 import ResumeRequest
from stigmer_api.workflowexecution_pb2 import WorkflowExecutionId
from tests.stigmerd.resuming.flow import CANCELLED, COMPLETED, FAILED, Flow, output_of, tasks_of
from tests.support.api import agent, workflow_execution
from tests.support.poll import until
from tests.support.tasks import listen_task, set_task, task, wait_task

NOWHERE = "http://127.0.0.1:1/"
BAD = {"method": "GET", "endpoint": {"uri": NOWHERE}, "timeout_seconds": 5}
RAISES = task("inner", "RAISE", {"error": "bad", "message": "on purpose"})
GOOD = set_task("inner", ok="yes")

FAILING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SET": (set_task("x", n='${ error("no") }'), set_task("x", n="yes")),
    "SWITCH": (
        task("x", "SWITCH", {"cases": [{"name": "one", "when": "${ [1] }", "then": "last"}]}),
        task("x", "SWITCH", {"cases": [{"name": "one", "when": "true", "then": "last"}]}),
    ),
    "FOR": (
        task("x", "FOR", {"each": "n", "in": '${ "no list" }', "do": [GOOD]}),
        task("x", "FOR", {"each": "n", "in": "${ [1] }", "do": [GOOD]}),
    ),
    "FORK": (
        task("x", "FORK", {"branches": [{"name": "a", "do": [RAISES]}, {"name": "b", "do": [GOOD]}]}),
        task("x", "FORK", {"branches": [{"name": "a", "do": [GOOD]}, {"name": "b", "do": [GOOD]}]}),
    ),
    "TRY": (task("x", "TRY", {"try": [RAISES]}), task("x", "TRY", {"try": [GOOD]})),
    "RAISE": (task("x", "RAISE", {"error": "bad", "message": "on purpose"}), set_task("x", n="yes")),
    "HTTP_CALL": (task("x", "HTTP_CALL", BAD), set_task("x", n="yes")),
    "GRPC_CALL": (
        task("x", "GRPC_CALL", {"service": "127.0.0.1:1/none.None", "method": "nothing"}),
        set_task("x", n="yes"),
    ),
    "RUN": (task("x", "RUN", {"workflow": "nowhere"}), set_task("x", n="yes")),
    "CALL_ACTIVITY": (task("x", "CALL_ACTIVITY", {"activity": "nothing"}), set_task("x", n="yes")),
}


@pytest.mark.parametrize("kind", FAILING)
async def test_it_runs_again_and_nothing_before_it(flow: Flow, kind: str) -> None:
    broken, mended = FAILING[kind]
    last = set_task("last", at="${ .first.path }")
    await flow.apply(flow.web.call("first", "/first"), broken, last)
    failed = await flow.run(FAILED)
    await flow.apply(flow.web.call("first", "/first"), mended, last)
    resumed, _ = await flow.resume(failed)
    assert output_of(resumed) == {"at": "/first"}
    assert flow.web.times["/first"] == 1
    states = tasks_of(resumed)
    assert (states["first"], states["x"], states["last"]) == ("kept", "completed", "completed")


async def test_an_agent_is_asked_again(flow: Flow) -> None:
    asks = task("x", "AGENT_CALL", {"agent": "helper", "message": "say ${ .first.path }"})
    await flow.apply(flow.web.call("first", "/first"), asks)
    failed = await flow.run(FAILED)
    await flow.api.agent.apply(agent("Helper"))
    resumed, _ = await flow.resume(failed)
    assert output_of(resumed)["text"] == "say /first"
    again, _ = await flow.resume(failed, input="something else")
    assert output_of(again)["text"] == "something else"
    assert flow.web.times == {"/first": 1}


async def test_what_waited_waits_anew(flow: Flow) -> None:
    await flow.apply(flow.web.call("first", "/first"), wait_task("x"), set_task("last", n="done"))
    resumed, _ = await flow.resume(await cut_off(flow), input=0)
    assert output_of(resumed) == {"n": "done"}
    assert flow.web.times == {"/first": 1}


async def test_what_listened_listens_anew(flow: Flow) -> None:
    await flow.apply(flow.web.call("first", "/first"), listen_task("x", "go"), set_task("last", n="done"))
    cancelled = await cut_off(flow)
    reply = await flow.api.resumption.resume(ResumeRequest(execution_id=cancelled.metadata.id))
    execution = reply.execution.metadata.id
    await flow.api.control.signal(SignalRequest(execution_id=execution, signal_id="go"))
    assert output_of(await flow.end(execution, COMPLETED)) == {"n": "done"}
    assert flow.web.times == {"/first": 1}


async def cut_off(flow: Flow) -> Any:
    """Cancelled while the task x works."""
    created = await flow.api.workflow_execution.create(workflow_execution(flow.id))
    execution = created.metadata.id

    async def at_work() -> bool:
        found = await flow.api.workflow_execution.get(WorkflowExecutionId(value=execution))
        return tasks_of(found).get("x") == "running"

    await until(at_work, "x is at work")
    await flow.api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=20))
    return await flow.end(execution, CANCELLED)
