"""Agents at work."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from typing import cast

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import (
    AgentExecution,
    AgentExecutionList,
    ListAgentExecutionsBySessionRequest,
    ListAgentExecutionsRequest,
)
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.facts import API_VERSION
from stigmer_api.ids import new_id
from stigmer_api.session_pb2 import Session
from stigmerd.executions.client_env import NOTHING, ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.resources.audit import stamp_created
from stigmerd.resources.identity import now
from stigmerd.resources.kinds import AGENT, AGENT_EXECUTION, AGENT_INSTANCE, SESSION
from stigmerd.resources.repository import copied
from stigmerd.resources.rpc_error import invalid, not_now
from stigmerd.resources.starter import ExecutionPlan, SideEffect, Starter, nothing
from stigmerd.services.agents import Agents, refuse_exposed
from stigmerd.services.client_env import client_env_of_call
from stigmerd.services.execution_service import Canceller, ExecutionService
from stigmerd.services.rpc import Context
from stigmerd.store.vault import VaultError

MAX_SUBJECT_CHARACTERS = 80
ORGANIZATION_SCOPE = 2


class AgentExecutions(ExecutionService[AgentExecution]):
    def __init__(
        self, agents: Agents, executions: Executions, canceller: Canceller, starter: Starter
    ) -> None:
        super().__init__(AGENT_EXECUTION, agents.repository, executions, canceller)
        self._agents = agents
        self._starter = starter

    async def create(self, request: AgentExecution, context: Context) -> AgentExecution:
        client_env = client_env_of_call(context)
        plan = self._plan(request)
        _held = await self._starter.prepared(plan, client_env)
        session_id = request.spec.session_id
        carried = self._of_earlier(session_id) if session_id else frozenset[str]()
        return self._starter.start(AGENT_EXECUTION, plan, client_env=client_env, carried=carried)

    def begin(
        self,
        request: AgentExecution,
        also: SideEffect = nothing,
        client_env: ClientEnv = NOTHING,
        carried: frozenset[str] = frozenset(),
    ) -> AgentExecution:
        return self._starter.start(
            AGENT_EXECUTION, self._plan(request), also=also, client_env=client_env, carried=carried
        )

    def _plan(self, request: AgentExecution) -> ExecutionPlan[AgentExecution]:
        execution = copied(request)
        if execution.spec.session_id:
            agent, instance = self._of_session(execution)
            made = None
        else:
            agent, instance = self._of_agent(execution)
            made = _session(agent, instance, execution.metadata.org)
            execution.spec.session_id = made.metadata.id
        if not agent.spec.instructions:
            raise not_now(f'Agent "{agent.metadata.slug}" has no instructions; apply it with some')
        execution.spec.agent_id = agent.metadata.id
        execution.metadata.org = execution.metadata.org or agent.metadata.org

        def with_session(execution_id: str) -> None:
            if made is not None:
                shown = cast(AgentExecution, self.executions.get(execution_id))  # secrets are masked in it
                made.spec.subject = _subject(shown.spec.message)
                self.repository.insert(SESSION, made)

        def allowed(secrets: Collection[str]) -> None:
            refuse_exposed(agent, secrets)

        return ExecutionPlan(
            execution=execution,
            template=agent,
            environments=instance.spec.environment_refs,
            allowed=allowed,
            also=with_session,
        )

    def _of_earlier(self, session_id: str) -> frozenset[str]:
        """What a session's executions so far must not show, its next one must not show either."""
        rows, _ = self.repository.page(AGENT_EXECUTION, size=1, parents=[session_id])
        try:
            return self.executions.secrets(rows[0].id) if rows else frozenset()
        except VaultError:  # of a key that is gone: nobody can use them any more
            return frozenset()

    async def list(self, request: ListAgentExecutionsRequest, context: Context) -> AgentExecutionList:
        reply = AgentExecutionList()
        await self.executions.on_disk()
        await self.fill(
            reply, request.page_size, request.page_token, phase=request.phase, tags=tuple(request.tags)
        )
        return reply

    async def list_by_session(
        self, request: ListAgentExecutionsBySessionRequest, context: Context
    ) -> AgentExecutionList:
        reply = AgentExecutionList()
        await self.executions.on_disk()
        await self.fill(reply, request.page_size, request.page_token, parents=[request.session_id])
        return reply

    def _of_session(self, execution: AgentExecution) -> tuple[Agent, AgentInstance]:
        session = self.repository.get(SESSION, execution.spec.session_id)
        instance = self.repository.get(AGENT_INSTANCE, session.spec.agent_instance_id)
        if execution.spec.agent_id not in ("", instance.spec.agent_id):
            raise invalid(
                f"spec.agent_id: {execution.spec.agent_id} is not the agent of session {session.metadata.id} "
                f"({instance.spec.agent_id}); send one of the two"
            )
        return self.repository.get(AGENT, instance.spec.agent_id), instance

    def _of_agent(self, execution: AgentExecution) -> tuple[Agent, AgentInstance]:
        if not execution.spec.agent_id:
            raise invalid("spec: one of session_id and agent_id must be set")
        agent = self.repository.get(AGENT, execution.spec.agent_id)
        return agent, self._agents.instance_of(agent)


def _session(agent: Agent, instance: AgentInstance, org: str) -> Session:
    """A platform's agent is executed by an organization: sessions have no other scope."""
    session = Session(api_version=API_VERSION, kind=SESSION.title)
    session.metadata.id = new_id(SESSION.prefix)
    session.metadata.name = f"session-{time.time_ns() // 1_000_000}-{secrets.token_hex(3)}"
    session.metadata.slug = session.metadata.name
    session.metadata.org = org or agent.metadata.org
    session.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]
    session.spec.agent_instance_id = instance.metadata.id
    stamp_created(session, now())
    return session


def _subject(message: str) -> str:
    return message.strip().partition("\n")[0][:MAX_SUBJECT_CHARACTERS]
