"""Instances of agents and workflows: an agent or a workflow together with its environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from runcmd.backend.calls import LOOKUP_SECONDS, Backend
from runcmd.backend.messages import AGENTIC
from runcmd.events import TargetKind
from stigmer_api.facts import API_VERSION, ORGANIZATION_SCOPE, ResourceKind

if TYPE_CHECKING:
    from stigmer_api.agentinstance_pb2 import AgentInstance
    from stigmer_api.workflowinstance_pb2 import WorkflowInstance

CREATE_SECONDS: Final = 15.0
KIND_NUMBERS: Final = {
    TargetKind.AGENT: ResourceKind.AGENT_INSTANCE,
    TargetKind.WORKFLOW: ResourceKind.WORKFLOW_INSTANCE,
}


async def get_instance(
    backend: Backend, kind: TargetKind, instance_id: str
) -> AgentInstance | WorkflowInstance:
    """By its id. Raises NotFoundError and other BackendErrors."""
    identity, reply = _messages(kind)
    return await backend.transport.call(
        f"{_service(kind)}QueryController/get", identity(value=instance_id), reply, LOOKUP_SECONDS
    )


async def instance_by_reference(
    backend: Backend, kind: TargetKind, slug: str, org: str
) -> AgentInstance | WorkflowInstance:
    """By its slug, in an organization. Raises NotFoundError and other BackendErrors."""
    from stigmer_api.apiresource_pb2 import ApiResourceReference

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]  # an enum's number
        org=org,
        kind=KIND_NUMBERS[kind],  # type: ignore[arg-type]
        slug=slug,
    )
    return await backend.transport.call(
        f"{_service(kind)}QueryController/getByReference", reference, _messages(kind)[1], LOOKUP_SECONDS
    )


async def session_of_instance(backend: Backend, instance_id: str, name: str, org: str) -> str:
    """A new session with an agent's instance: executions have no other way to name one. Its id."""
    from stigmer_api.session_pb2 import Session

    session = Session(api_version=API_VERSION, kind="Session")
    session.metadata.name = session.metadata.slug = name
    session.metadata.org = org
    session.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]  # an enum's number
    session.spec.agent_instance_id = instance_id
    method = f"{AGENTIC}.session.v1.SessionCommandController/create"
    created = await backend.transport.call(method, session, Session, CREATE_SECONDS, repeatable=False)
    return created.metadata.id


def template_of(kind: TargetKind, instance: AgentInstance | WorkflowInstance) -> str:
    """The id of its agent or workflow."""
    spec: Any = instance.spec
    found: str = spec.agent_id if kind is TargetKind.AGENT else spec.workflow_id
    return found


def _service(kind: TargetKind) -> str:
    return f"{AGENTIC}.{kind.value}instance.v1.{kind.title}Instance"


def _messages(kind: TargetKind) -> tuple[Any, Any]:
    """Of its id, and of itself."""
    if kind is TargetKind.AGENT:
        from stigmer_api import agentinstance_pb2 as agent

        return agent.AgentInstanceId, agent.AgentInstance
    from stigmer_api import workflowinstance_pb2 as workflow

    return workflow.WorkflowInstanceId, workflow.WorkflowInstance
