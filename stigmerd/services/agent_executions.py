"""Agents at work."""

from __future__ import annotations

from stigmer_api.agentexecution_pb2 import (
    AgentExecution,
    AgentExecutionList,
    ListAgentExecutionsBySessionRequest,
    ListAgentExecutionsRequest,
)
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.log import Executions
from stigmerd.resources.agent_plans import agent_plan
from stigmerd.resources.kinds import AGENT_EXECUTION
from stigmerd.resources.repository import Repository
from stigmerd.services.client_env import client_env_of_call
from stigmerd.services.execution_service import ExecutionService
from stigmerd.services.rpc import Context


class AgentExecutions(ExecutionService[AgentExecution]):
    def __init__(self, repository: Repository, executions: Executions, engine: ExecutionEngine) -> None:
        super().__init__(AGENT_EXECUTION, repository, executions, engine)

    async def create(self, request: AgentExecution, context: Context) -> AgentExecution:
        plan = agent_plan(request, self.repository)
        return await self.engine.execute(plan, client_env_of_call(context))

    async def list(self, request: ListAgentExecutionsRequest, context: Context) -> AgentExecutionList:
        reply = AgentExecutionList()
        await self.fill(
            reply, request.page_size, request.page_token, phase=request.phase, tags=tuple(request.tags)
        )
        return reply

    async def list_by_session(
        self, request: ListAgentExecutionsBySessionRequest, context: Context
    ) -> AgentExecutionList:
        reply = AgentExecutionList()
        await self.fill(reply, request.page_size, request.page_token, parents=[request.session_id])
        return reply
