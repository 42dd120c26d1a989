"""Agents and workflows have an instance from the start."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.agent_pb2 import AgentId
from stigmer_api.agentinstance_pb2 import AgentInstance, AgentInstanceId, GetAgentInstancesByAgentRequest
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.workflow_pb2 import WorkflowId
from stigmer_api.workflowinstance_pb2 import (
    GetWorkflowInstancesByWorkflowRequest,
    WorkflowInstance,
    WorkflowInstanceId,
)
from tests.stigmerd.services.served import Refused, ServedBackend
from tests.support.api import V1, Api, agent, workflow

CASES: dict[str, Any] = {
    "agent": (agent, AgentId, AgentInstanceId, "agent_id"),
    "workflow": (workflow, WorkflowId, WorkflowInstanceId, "workflow_id"),
}


@pytest.fixture(params=CASES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_default_instance_comes_with_the_template(api: Api, kind: str) -> None:
    make, _, instance_id, reference = CASES[kind]
    made = await getattr(api, kind).apply(make("My Thing"))
    instances = getattr(api, f"{kind}_instance")
    instance = await instances.get(instance_id(value=made.status.default_instance_id))
    assert instance.metadata.name == "My Thing-default"
    assert instance.metadata.slug == "my-thing-default"
    assert instance.metadata.owner_scope == made.metadata.owner_scope
    assert getattr(instance.spec, reference) == made.metadata.id
    found = await instances.getByReference(ApiResourceReference(slug="my-thing-default"))
    assert found == instance


async def test_a_lost_default_instance_is_mended_and_the_audit_left_alone(api: Api, kind: str) -> None:
    make, template_id, instance_id, _ = CASES[kind]
    calls, instances = getattr(api, kind), getattr(api, f"{kind}_instance")
    made = await calls.apply(make())
    await instances.delete(instance_id(value=made.status.default_instance_id))
    again = await calls.apply(make())
    assert again.status.audit == made.status.audit
    assert again.status.default_instance_id != made.status.default_instance_id
    assert await instances.get(instance_id(value=again.status.default_instance_id))
    assert await calls.get(template_id(value=made.metadata.id)) == again


async def test_the_default_instance_goes_with_the_template(api: Api, kind: str, refused: Refused) -> None:
    make, template_id, instance_id, _ = CASES[kind]
    calls, instances = getattr(api, kind), getattr(api, f"{kind}_instance")
    made = await calls.apply(make())
    await calls.delete(template_id(value=made.metadata.id))
    with refused("NOT_FOUND"):
        await instances.get(instance_id(value=made.status.default_instance_id))
    again = await calls.apply(make())
    assert await instances.get(instance_id(value=again.status.default_instance_id))


async def test_a_taken_name_does_not_stop_the_default_instance(api: Api) -> None:
    other = await api.agent.apply(agent("Other"))
    await api.agent_instance.create(instance(other.metadata.id, "Thing-default"))
    made = await api.agent.apply(agent("Thing"))
    own = await api.agent_instance.get(AgentInstanceId(value=made.status.default_instance_id))
    assert own.spec.agent_id == made.metadata.id
    assert own.metadata.slug.startswith("thing-default-")


async def test_an_instance_of_that_name_becomes_the_default(api: Api) -> None:
    made = await api.agent.apply(agent())
    await api.agent_instance.delete(AgentInstanceId(value=made.status.default_instance_id))
    own = await api.agent_instance.create(instance(made.metadata.id, "Reviewer-default"))
    assert (await api.agent.apply(agent())).status.default_instance_id == own.metadata.id


async def test_an_instance_needs_its_template(api: Api, refused: Refused) -> None:
    with refused("NOT_FOUND", "Agent not found: agt-none"):
        await api.agent_instance.create(instance("agt-none"))
    made = await api.workflow.apply(workflow(org="acme"))
    foreign = WorkflowInstance(
        api_version=V1,
        kind="WorkflowInstance",
        metadata={"name": "mine", "owner_scope": 2, "org": "other"},
        spec={"workflow_id": made.metadata.id},
    )
    with refused("INVALID_ARGUMENT", "acme", "other"):
        await api.workflow_instance.create(foreign)


async def test_lists_of_instances_are_paged_newest_first(api: Api) -> None:
    made = await api.agent.apply(agent())
    names = [f"instance {number}" for number in range(4)]
    for name in names:
        await api.agent_instance.create(instance(made.metadata.id, name))
    request = GetAgentInstancesByAgentRequest(agent_id=made.metadata.id)
    page = await api.agent_instance.getByAgent(request)
    assert page.total_count == 5
    assert [item.metadata.name for item in page.items] == [*reversed(names), "Reviewer-default"]
    request.page_info.num, request.page_info.size = 2, 3
    page = await api.agent_instance.getByAgent(request)
    assert [item.metadata.name for item in page.items] == ["instance 0", "Reviewer-default"]
    request.page_info.num = 9
    assert not (await api.agent_instance.getByAgent(request)).items

    flow = await api.workflow.apply(workflow())
    found = await api.workflow_instance.getByWorkflow(
        GetWorkflowInstancesByWorkflowRequest(workflow_id=flow.metadata.id)
    )
    assert [entry.metadata.id for entry in found.entries] == [flow.status.default_instance_id]
    assert found.total_pages == 1


async def test_names_inside_an_agent_must_fit(api: Api, refused: Refused) -> None:
    twins = agent()
    twins.spec.mcp_servers.add(name="files").stdio.command = "a"
    twins.spec.mcp_servers.add(name="files").stdio.command = "b"
    with refused("INVALID_ARGUMENT", "spec.mcp_servers[1]", "files"):
        await api.agent.apply(twins)
    lost = agent()
    lost.spec.sub_agents.add(name="helper", instructions="Help with everything", mcp_servers=["web"])
    with refused("INVALID_ARGUMENT", 'spec.sub_agents[0] ("helper")', "web"):
        await api.agent.apply(lost)


def instance(agent_id: str, name: str = "mine") -> AgentInstance:
    return AgentInstance(
        api_version=V1,
        kind="AgentInstance",
        metadata={"name": name, "owner_scope": 2},
        spec={"agent_id": agent_id},
    )


async def test_who_deploys_an_agent_is_about_to_use_it(world: ServedBackend) -> None:
    await world.api.workflow.apply(workflow())
    assert not world.agents.warmed
    await world.api.agent.apply(agent())
    assert world.agents.warmed
