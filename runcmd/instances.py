"""An instance as a target: its agent or workflow, with the environments that belong to it."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.instance_calls import (
    get_instance,
    instance_by_reference,
    session_of_instance,
    template_of,
)
from runcmd.backend.refusals import NotFoundError
from runcmd.errors import TargetError
from runcmd.events import TargetKind
from runcmd.resolve import Candidate

if TYPE_CHECKING:
    from stigmer_api.agentinstance_pb2 import AgentInstance
    from stigmer_api.workflowinstance_pb2 import WorkflowInstance


async def instance_with_id(kind: TargetKind, instance_id: str, backend: Backend) -> Candidate:
    """Raises NotFoundError: there is none; TargetError: its agent or workflow is gone."""
    return await candidate_of(kind, await get_instance(backend, kind, instance_id), backend)


async def instance_named(kind: TargetKind, slug: str, backend: Backend, org: str) -> Candidate:
    """The same, by its slug."""
    return await candidate_of(kind, await instance_by_reference(backend, kind, slug, org), backend)


async def candidate_of(
    kind: TargetKind, instance: AgentInstance | WorkflowInstance, backend: Backend
) -> Candidate:
    """It has the id and the slug of its agent or workflow, and its own name."""
    try:
        template = await backend.get(kind, template_of(kind, instance))
    except NotFoundError as error:
        raise TargetError(
            f"the {kind.value} of {instance.metadata.slug} is gone: {template_of(kind, instance)}",
            code="E0620",
            hint=f"deploy the {kind.value}, and apply the instance again",
        ) from error
    return Candidate(
        kind=kind,
        name=instance.metadata.name or instance.metadata.slug,
        slug=template.metadata.slug,
        id=template.metadata.id,
        description=instance.spec.description or template.spec.description,
        instance=instance.metadata.id,
    )


async def session_for(target: Candidate, backend: Backend, org: str) -> str:
    """The id of the session in which an agent's instance is asked."""
    # As a backend names one that it makes for an execution, so that it is pruned with it.
    name = f"session-{time.time_ns() // 1_000_000}-{secrets.token_hex(3)}"
    return target.session or await session_of_instance(backend, target.instance, name, org)
