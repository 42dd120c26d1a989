"""An instance is a target: its agent or workflow runs with the environments that belong to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc.aio
import pytest

from runcmd.events import Event, ExecutionCreated, TargetResolved
from runcmd.pipeline import Connect, open_run
from runcmd.request import RunRequest
from stigmer_api.agentexecution_pb2 import AgentExecutionId
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.facts import SCRIPT_ANNOTATION
from stigmer_api.session_pb2 import SessionId
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from tests.runcmd.embedded import end
from tests.support.api import ORGANIZATION, PLATFORM, V1, Api, agent, environment, workflow
from tests.support.tasks import set_task

REGION = set_task("read", region="${ $env.REGION.value }")

SCRIPT = "- say: '{{ message }} from {{ env.REGION }}'"


@asynccontextmanager
async def opened(connect: Connect) -> AsyncIterator[Api]:
    async with grpc.aio.insecure_channel((await connect()).target) as channel:
        yield Api(channel)


async def run(connect: Connect, selector: str, org: str = "local", message: str = "hi") -> list[Event]:
    request = RunRequest(project=None, selector=selector, org=org, message=message)
    async with open_run(request, connect) as running:
        return [event async for event in running]


@pytest.fixture
async def ids(connect: Connect) -> dict[str, str]:
    """A workflow and an agent, each with an instance that has an environment."""
    async with opened(connect) as api:
        made = await api.workflow.apply(workflow("Place", REGION, org="local"))
        reviewer = await api.agent.apply(agent(org="local", annotations={SCRIPT_ANNOTATION: SCRIPT}))
        await api.environment.apply(environment(org="local"))
        reference = ApiResourceReference(slug="production", kind=53)  # type: ignore[arg-type]
        of_workflow = WorkflowInstance(
            api_version=V1,
            kind="WorkflowInstance",
            metadata={"name": "Place in production", "org": "local", "owner_scope": ORGANIZATION},
            spec={"workflow_id": made.metadata.id, "env_refs": [reference]},
        )
        of_agent = AgentInstance(
            api_version=V1,
            kind="AgentInstance",
            metadata={"name": "Reviewer in production", "org": "local", "owner_scope": ORGANIZATION},
            spec={"agent_id": reviewer.metadata.id, "environment_refs": [reference]},
        )
        return {
            "workflow": (await api.workflow_instance.apply(of_workflow)).metadata.id,
            "agent": (await api.agent_instance.apply(of_agent)).metadata.id,
            "reviewer": reviewer.metadata.id,
        }


def resolved(events: list[Event]) -> TargetResolved:
    (found,) = [event for event in events if isinstance(event, TargetResolved)]
    return found


async def test_a_workflow_instance_by_its_name_and_its_id(ids: dict[str, str], connect: Connect) -> None:
    own = ids["workflow"]
    for selector in (
        "place-in-production",
        "Place in production",
        own,
        f"win_{own[4:].upper()}",
    ):
        events = await run(connect, selector)
        assert json.loads(end(events).answer) == {"region": "north"}, selector
        assert resolved(events).name == "Place in production"
        assert resolved(events).instance == own
    without = await run(connect, "place")
    assert resolved(without).instance == ""
    assert json.loads(end(without).answer) == {"region": None}


async def test_an_agent_instance_is_asked_in_a_session_of_its_own(
    ids: dict[str, str], connect: Connect
) -> None:
    for selector in ("reviewer-in-production", ids["agent"]):
        events = await run(connect, selector)
        assert end(events).answer == "hi from north"
        (created,) = [event for event in events if isinstance(event, ExecutionCreated)]
        async with opened(connect) as api:
            execution = await api.agent_execution.get(AgentExecutionId(value=created.execution))
            session = await api.session.get(SessionId(value=execution.spec.session_id))
        assert execution.spec.agent_id == ids["reviewer"]
        assert session.spec.agent_instance_id == ids["agent"]


@pytest.mark.parametrize(
    "selector", ["ain-01arz3ndektsv4rrffq69g5fav", "win_01arz3ndektsv4rrffq69g5fav", "nowhere"]
)
async def test_one_that_is_not_there(ids: dict[str, str], connect: Connect, selector: str) -> None:
    finished = end(await run(connect, selector))
    assert finished.exit_code == 1
    assert finished.error == f"Agent or Workflow not found: {selector}"
    assert f"  • Instance of a workflow or agent with ID/name: {selector}" in finished.details


async def test_what_the_platform_has_is_for_every_organization(connect: Connect) -> None:
    async with opened(connect) as api:
        said = {name: set_task("say", of=name) for name in ("platform", "acme", "other")}
        await api.workflow.apply(workflow("Shared", said["platform"], org="stigmer", owner_scope=PLATFORM))
        await api.workflow.apply(workflow("Own", said["other"], org="other"))
    assert json.loads(end(await run(connect, "shared", org="acme")).answer) == {"of": "platform"}
    assert "not found" in end(await run(connect, "own", org="acme")).error
    assert json.loads(end(await run(connect, "own", org="other")).answer) == {"of": "other"}
    async with opened(connect) as api:
        await api.workflow.apply(workflow("Shared", said["acme"], org="acme"))
    assert json.loads(end(await run(connect, "shared", org="acme")).answer) == {"of": "acme"}
    assert json.loads(end(await run(connect, "shared", org="other")).answer) == {"of": "platform"}
