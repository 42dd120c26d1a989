"""An agent or a workflow: its message, its key, and what a backend has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from runcmd.events import TargetKind
from runcmd.frozen import Frozen

if TYPE_CHECKING:
    from stigmer_api.agent_pb2 import Agent
    from stigmer_api.workflow_pb2 import Workflow

Resource: TypeAlias = "Agent | Workflow"


class KnownResource(Frozen):
    """A resource that the backend has."""

    key: str
    id: str
    hash: str  # of the manifest it was applied from; empty: not by us


def key(kind: TargetKind, slug: str) -> str:
    """What dependencies.json calls a resource."""
    return f"{kind.value}:{slug.lower()}"


def empty(kind: TargetKind) -> Resource:
    """A message of this kind."""
    if kind is TargetKind.AGENT:
        from stigmer_api.agent_pb2 import Agent

        return Agent()
    from stigmer_api.workflow_pb2 import Workflow

    return Workflow()
