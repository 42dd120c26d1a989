"""Secrets go in; only the backend itself ever reads them again."""

from __future__ import annotations

from pathlib import Path

from stigmer_api.apiresource_pb2 import ApiResourceId, ApiResourceReference
from stigmer_api.devloop_pb2 import ListResourcesRequest
from stigmer_api.executioncontext_pb2 import ExecutionContext, ExecutionContextId
from stigmer_api.facts import MISSING_ANNOTATION
from stigmer_api.workflowexecution_pb2 import ListWorkflowExecutionsRequest, WorkflowExecutionId
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend, gone
from tests.support.api import V1, agent, environment, workflow, workflow_execution
from tests.support.tasks import wait_task

SECRET = "s3cret-of-production"


async def test_a_secret_is_shown_as_stars_and_kept_when_these_come_back(world: ServedBackend) -> None:
    api = world.api
    made = await api.environment.create(environment())
    assert (made.spec.data["TOKEN"].value, made.spec.data["REGION"].value) == ("***", "north")

    edited = await api.environment.get(ApiResourceId(value=made.metadata.id))
    assert edited == made
    assert await api.environment.apply(edited) == made  # nothing changed

    edited.spec.data["REGION"].value = "south"
    await api.environment.update(edited)
    again = await api.environment.apply(environment())  # the secret in clear: only the region differs
    assert again.status.audit.spec_audit.event == "updated"
    assert await api.environment.apply(environment()) == again


async def test_a_secret_is_encrypted_on_disk_and_in_no_reply(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        api = world.api
        replies = [await api.environment.create(environment())]
        declared = agent()
        declared.spec.env_spec.data["KEY"].value = SECRET
        declared.spec.env_spec.data["KEY"].is_secret = True
        replies.append(await api.agent.apply(declared))
        flow = await api.workflow.apply(workflow("Waiting", wait_task()))
        sent = workflow_execution(flow.metadata.id)
        sent.spec.runtime_env["KEY"].value = SECRET
        sent.spec.runtime_env["KEY"].is_secret = True
        execution = await api.workflow_execution.create(sent)
        replies += [
            execution,
            await api.workflow_execution.get(WorkflowExecutionId(value=execution.metadata.id)),
            await api.workflow_execution.list(ListWorkflowExecutionsRequest()),
            await api.resources.list(ListResourcesRequest(kinds=[40, 50, 52, 53, 54])),  # type: ignore[list-item]
            await api.context.getByReference(
                ApiResourceReference(slug=f"context-of-{execution.metadata.id}")
            ),
        ]
        assert execution.spec.runtime_env["KEY"].value == "***"
        assert not any(SECRET.encode() in reply.SerializeToString() for reply in replies)
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files
    assert not any(SECRET.encode() in path.read_bytes() for path in files)


async def test_the_context_of_an_execution_lives_as_long_as_it(
    world: ServedBackend, refused: Refused
) -> None:
    api = world.api
    env = await api.environment.create(environment())
    flow = await api.workflow.apply(workflow("Waiting", wait_task()))
    instance = await api.workflow_instance.create(
        WorkflowInstance(
            api_version=V1,
            kind="WorkflowInstance",
            metadata={"name": "in production", "owner_scope": 2},
            spec={"workflow_id": flow.metadata.id, "env_refs": [{"slug": env.metadata.slug, "kind": 53}]},
        )
    )
    sent = workflow_execution(workflow_instance_id=instance.metadata.id)
    sent.spec.runtime_env["REGION"].value = "mine"
    execution = await api.workflow_execution.create(sent)
    slug = f"context-of-{execution.metadata.id}"
    context = await api.context.getByReference(ApiResourceReference(slug=slug))
    assert {name: entry.value for name, entry in context.spec.data.items()} == {
        "REGION": "mine",
        "TOKEN": "***",
    }
    assert context.spec.execution_id == execution.metadata.id

    await api.workflow_execution.delete(ApiResourceId(value=execution.metadata.id))
    await gone(world, slug)


async def test_what_has_ended_is_listed_without_its_secrets(world: ServedBackend) -> None:
    flow = await world.api.workflow.apply(workflow())
    sent = workflow_execution(flow.metadata.id)
    sent.spec.runtime_env["KEY"].value = SECRET
    sent.spec.runtime_env["KEY"].is_secret = True
    execution = await world.api.workflow_execution.create(sent)
    last = await world.api.follow(execution.metadata.id)
    (entry,) = (await world.api.workflow_execution.list(ListWorkflowExecutionsRequest())).entries
    assert entry == last
    assert entry.spec.runtime_env["KEY"].value == "***"


async def test_a_context_cannot_be_changed(world: ServedBackend, refused: Refused) -> None:
    context = ExecutionContext(
        api_version=V1,
        kind="ExecutionContext",
        metadata={"name": "mine"},
        spec={"execution_id": "wex-1", "data": {"A": {"value": "b"}}},
    )
    made = await world.api.context.apply(context)
    with refused("ALREADY_EXISTS", made.metadata.id):
        await world.api.context.apply(context)
    assert await world.api.context.get(ExecutionContextId(value=made.metadata.id)) == made


async def test_missing_variables_are_named_and_stop_nothing(world: ServedBackend) -> None:
    api = world.api
    demanding = workflow()
    demanding.spec.env_spec.data["API_URL"].description = "where"
    demanding.spec.env_spec.data["API_KEY"].is_secret = True
    demanding.spec.env_spec.data["REGION"].value = "default"
    flow = await api.workflow.apply(demanding)
    begun = await api.workflow_execution.create(workflow_execution(flow.metadata.id))
    assert begun.metadata.annotations[MISSING_ANNOTATION] == "API_KEY,API_URL"
    assert (await api.follow(begun.metadata.id)).status.phase == 3  # nothing in it uses them

    sent = workflow_execution(flow.metadata.id)
    for name in ("API_KEY", "API_URL"):
        sent.spec.runtime_env[name].value = "given"
    execution = await api.workflow_execution.create(sent)
    assert MISSING_ANNOTATION not in execution.metadata.annotations
    assert (await api.follow(execution.metadata.id)).status.phase == 3


async def test_an_environment_that_is_gone_is_named(world: ServedBackend, refused: Refused) -> None:
    flow = await world.api.workflow.apply(workflow())
    instance = await world.api.workflow_instance.create(
        WorkflowInstance(
            api_version=V1,
            kind="WorkflowInstance",
            metadata={"name": "lost", "owner_scope": 2},
            spec={"workflow_id": flow.metadata.id, "env_refs": [{"slug": "nowhere"}]},
        )
    )
    with refused("FAILED_PRECONDITION", "Environment not found: nowhere"):
        await world.api.workflow_execution.create(
            workflow_execution(workflow_instance_id=instance.metadata.id)
        )
