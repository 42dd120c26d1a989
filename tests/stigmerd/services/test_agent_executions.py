"""Agent executions and their sessions."""

from __future__ import annotations

from typing import Any

from stigmer_api.agentexecution_pb2 import (
    AgentExecutionId,
    AgentExecutionUpdateStatusInput,
    ListAgentExecutionsBySessionRequest,
    ListAgentExecutionsRequest,
)
from stigmer_api.agentinstance_pb2 import AgentInstanceId
from stigmer_api.apiresource_pb2 import ApiResourceId
from stigmer_api.devloop_pb2 import CancelReply, CancelRequest, SignalRequest
from stigmer_api.session_pb2 import ListSessionsByAgentRequest, ListSessionsRequest, Session, SessionId
from tests.stigmerd.services.served import Refused, ServedBackend
from tests.support.api import PLATFORM, V1, agent, agent_execution, workflow, workflow_execution
from tests.support.tasks import task

CANCELLED = 5


async def snapshots(world: ServedBackend, execution_id: str, **metadata: str) -> list[Any]:
    call = world.api.agent_execution.subscribe(
        AgentExecutionId(value=execution_id),
        metadata=tuple((k.replace("_", "-"), v) for k, v in metadata.items()),
    )
    return [snapshot async for snapshot in call]


async def test_an_execution_by_agent_gets_a_session(world: ServedBackend) -> None:
    made = await world.api.agent.apply(agent())
    execution = await world.api.agent_execution.create(
        agent_execution(made.metadata.id, message="Fix it\nnow")
    )
    assert execution.metadata.id.startswith("aex-")
    session = await world.api.session.get(SessionId(value=execution.spec.session_id))
    assert session.spec.agent_instance_id == made.status.default_instance_id
    assert session.spec.subject == "Fix it"
    assert session.metadata.owner_scope == 2
    last = (await snapshots(world, execution.metadata.id))[-1]
    assert last.status.phase == 3
    assert [message.content for message in last.status.messages] == ["Fix it\nnow", "Fix it\nnow"]


async def test_a_client_that_reports_the_end_stops_the_agent(world: ServedBackend) -> None:
    made = await world.api.agent.apply(agent())
    execution = await world.api.agent_execution.create(agent_execution(made.metadata.id, message="wait"))
    report = AgentExecutionUpdateStatusInput(execution_id=execution.metadata.id)
    report.status.phase = CANCELLED  # type: ignore[assignment]  # an enum's number
    assert (await world.api.agent_execution.updateStatus(report)).status.phase == CANCELLED
    assert (await snapshots(world, execution.metadata.id))[-1].status.phase == CANCELLED
    # It is stopped once nothing of it keeps it from being deleted.
    await world.api.agent_execution.delete(ApiResourceId(value=execution.metadata.id))


async def test_many_at_once_have_sessions_of_their_own(world: ServedBackend) -> None:
    import asyncio

    made = await world.api.agent.apply(agent())
    calls = [world.api.agent_execution.create(agent_execution(made.metadata.id)) for _ in range(20)]
    executions = await asyncio.gather(*calls)
    sessions = [
        await world.api.session.get(SessionId(value=execution.spec.session_id)) for execution in executions
    ]
    assert len({session.metadata.slug for session in sessions}) == 20


async def test_a_platform_s_agent_can_be_executed(world: ServedBackend) -> None:
    made = await world.api.agent.apply(agent(owner_scope=PLATFORM))
    execution = await world.api.agent_execution.create(agent_execution(made.metadata.id))
    assert (await snapshots(world, execution.metadata.id))[-1].status.phase == 3


async def test_a_session_goes_on(world: ServedBackend, refused: Refused) -> None:
    api = world.api
    made, other = await api.agent.apply(agent()), await api.agent.apply(agent("Other"))
    first = await api.agent_execution.create(agent_execution(made.metadata.id))
    second = await api.agent_execution.create(agent_execution(session_id=first.spec.session_id))
    assert second.spec.agent_id == made.metadata.id
    (turn,) = world.agents.lookup.session_history(second.metadata.id)
    assert turn["message"] == first.spec.message
    assert world.agents.lookup.session_history(first.metadata.id) == []
    assert world.agents.lookup.agent_of(second.metadata.id).metadata.id == made.metadata.id
    with refused("INVALID_ARGUMENT", other.metadata.id, made.metadata.id):
        await api.agent_execution.create(agent_execution(other.metadata.id, session_id=first.spec.session_id))
    with refused("NOT_FOUND", "Session not found: ses-none"):
        await api.agent_execution.create(agent_execution(session_id="ses-none"))
    with refused("NOT_FOUND", "Agent not found: agt-none"):
        await api.agent_execution.create(agent_execution("agt-none"))
    with refused("INVALID_ARGUMENT", "session_id", "agent_id"):
        await api.agent_execution.create(agent_execution())

    listed = await api.agent_execution.listBySession(
        ListAgentExecutionsBySessionRequest(session_id=first.spec.session_id)
    )
    assert [entry.metadata.id for entry in listed.entries] == [second.metadata.id, first.metadata.id]


async def test_sessions_are_listed_by_agent_or_instance(world: ServedBackend) -> None:
    api = world.api
    made = await api.agent.apply(agent())
    ids = []
    for number in range(3):
        session = Session(
            api_version=V1,
            kind="Session",
            metadata={"name": f"talk {number}", "owner_scope": 2, "tags": [f"t{number}"]},
            spec={"agent_instance_id": made.status.default_instance_id},
        )
        ids.append((await api.session.create(session)).metadata.id)
    for wanted in (made.metadata.id, made.status.default_instance_id):
        reply = await api.session.listByAgent(ListSessionsByAgentRequest(agent_id=wanted))
        assert [entry.metadata.id for entry in reply.entries] == ids[::-1]
    assert not (await api.session.listByAgent(ListSessionsByAgentRequest(agent_id="agt-none"))).entries
    tagged = await api.session.list(ListSessionsRequest(tags=["t1"]))
    assert [entry.metadata.id for entry in tagged.entries] == [ids[1]]
    reply = await api.session.list(ListSessionsRequest(page_size=2, page_token="2"))
    assert ([entry.metadata.id for entry in reply.entries], reply.total_pages) == ([ids[0]], 2)


async def test_a_session_needs_an_instance(world: ServedBackend, refused: Refused) -> None:
    session = Session(
        api_version=V1,
        kind="Session",
        metadata={"name": "talk", "owner_scope": 2},
        spec={"agent_instance_id": "ain-none"},
    )
    with refused("NOT_FOUND", "AgentInstance not found: ain-none"):
        await world.api.session.apply(session)


async def test_growing_text_only_for_those_who_ask(world: ServedBackend) -> None:
    made = await world.api.agent.apply(agent())

    async def texts(**metadata: str) -> set[str]:
        execution = await world.api.agent_execution.create(
            agent_execution(made.metadata.id, message="a" * 400)
        )
        found = await snapshots(world, execution.metadata.id, **metadata)
        assert found[-1].status.phase == 3
        return {s.status.messages[1].content for s in found if len(s.status.messages) > 1}

    assert await texts() == {"a" * 400}
    assert len(await texts(stigmer_partial="1")) > 1
    assert await texts(stigmer_partial="0") == {"a" * 400}


async def test_cancel_reaches_the_agent(world: ServedBackend, refused: Refused) -> None:
    made = await world.api.agent.apply(agent())
    execution = await world.api.agent_execution.create(agent_execution(made.metadata.id, message="wait"))
    with refused("INVALID_ARGUMENT", "only workflows listen"):
        await world.api.control.signal(SignalRequest(execution_id=execution.metadata.id, signal_id="x"))
    request = CancelRequest(execution_id=execution.metadata.id, wait_seconds=5)
    assert (await world.api.control.cancel(request)).outcome == CancelReply.CANCELLED
    assert (await snapshots(world, execution.metadata.id))[-1].status.phase == 5


async def test_executions_and_sessions_stay_readable_without_their_agent(
    world: ServedBackend, refused: Refused
) -> None:
    from stigmer_api.agent_pb2 import AgentId

    made = await world.api.agent.apply(agent())
    execution = await world.api.agent_execution.create(agent_execution(made.metadata.id))
    await snapshots(world, execution.metadata.id)
    await world.api.agent.delete(AgentId(value=made.metadata.id))
    assert (
        await world.api.agent_execution.get(AgentExecutionId(value=execution.metadata.id))
    ).status.phase == 3
    assert await world.api.session.get(SessionId(value=execution.spec.session_id))
    with refused("NOT_FOUND"):
        await world.api.agent_execution.create(agent_execution(session_id=execution.spec.session_id))


async def test_ids_of_the_other_kind_are_not_found(world: ServedBackend, refused: Refused) -> None:
    flow = await world.api.workflow.apply(workflow())
    execution = await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
    with refused("NOT_FOUND", "AgentExecution not found: wex-"):
        await world.api.agent_execution.get(AgentExecutionId(value=execution.metadata.id))
    with refused("NOT_FOUND"):
        await world.api.agent_execution.delete(ApiResourceId(value=execution.metadata.id))


async def test_an_agent_without_a_spec_cannot_run(world: ServedBackend, refused: Refused) -> None:
    empty = agent()
    empty.ClearField("spec")
    made = await world.api.agent.apply(empty)
    with refused("FAILED_PRECONDITION", "no instructions"):
        await world.api.agent_execution.create(agent_execution(made.metadata.id))
    await world.api.agent_instance.delete(AgentInstanceId(value=made.status.default_instance_id))


async def test_a_workflow_calls_an_agent_and_waits_for_it(world: ServedBackend) -> None:
    await world.api.agent.apply(agent())
    call = task("ask", "AGENT_CALL", {"agent": "reviewer", "message": "is it good?"})
    flow = await world.api.workflow.apply(workflow("Asking", call))
    execution = await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
    last = await world.api.follow(execution.metadata.id)
    assert last.status.phase == 3
    assert last.status.tasks[0].output["text"] == "is it good?"
    (child,) = (await world.api.agent_execution.list(ListAgentExecutionsRequest())).entries
    assert child.metadata.annotations["devloop.stigmer.ai/parent"] == f"{execution.metadata.id}/ask"
