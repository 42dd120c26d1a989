"""An execution as a row of the store."""

from __future__ import annotations

from stigmer_api.facts import PARENT_ANNOTATION, ResourceKind
from stigmer_api.messages import copied
from stigmer_api.workflowexecution_pb2 import ExecutionPhase, WorkflowExecution
from stigmerd.executions.live import Execution
from stigmerd.store.clock import now, text_of
from stigmerd.store.rows import Row


def row_of(message: Execution, *, created_at: str, updated_at: str) -> Row:
    metadata = message.metadata
    return Row(
        kind=kind_of(message),
        id=metadata.id,
        org=metadata.org,
        slug=metadata.slug,
        name=metadata.name,
        parent=_parent(message),
        phase=message.status.phase,
        tags=tuple(metadata.tags),
        data=message.SerializeToString(),
        created_at=created_at,
        updated_at=updated_at,
    )


def kind_of(message: Execution) -> int:
    workflow = isinstance(message, WorkflowExecution)
    return ResourceKind.WORKFLOW_EXECUTION if workflow else ResourceKind.AGENT_EXECUTION


def _parent(message: Execution) -> str:
    if isinstance(message, WorkflowExecution):
        return message.spec.workflow_instance_id
    return message.spec.session_id


def parent_of(message: Execution) -> str:
    """The execution that started it; empty: a user did."""
    return message.metadata.annotations.get(PARENT_ANNOTATION, "").partition("/")[0]


def reset(message: Execution) -> None:
    """As before anything happened."""
    audit = copied(message.status.audit)
    message.ClearField("status")
    message.status.audit.CopyFrom(audit)
    message.status.phase = ExecutionPhase.EXECUTION_PENDING


def created_at(message: Execution) -> str:
    audit = message.status.audit.spec_audit
    return text_of(audit.created_at) if audit.HasField("created_at") else now()
