"""What a watcher of an execution is sent, read as messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import ResourceKind
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.live import Execution
from stigmerd.executions.log import Executions


async def watched(
    executions: Executions, execution_id: str, *, partial: bool = True
) -> AsyncIterator[Execution]:
    message: type[Execution] | None = None
    async for data in executions.subscriptions.watch_wire(execution_id, partial=partial):
        if message is None:
            agent = executions.kind(execution_id) == ResourceKind.AGENT_EXECUTION
            message = AgentExecution if agent else WorkflowExecution
        yield message.FromString(data)
