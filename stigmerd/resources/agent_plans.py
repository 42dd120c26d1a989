"""Which agent, by which instance, in which session?"""

from __future__ import annotations

import json

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.attachments import ATTACHMENTS_ANNOTATION, Attachment, decoded, in_short
from stigmer_api.messages import copied
from stigmerd.resources.agents import AgentCollection
from stigmerd.resources.kinds import AGENT, AGENT_EXECUTION, AGENT_INSTANCE, SESSION
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid, not_now
from stigmerd.resources.sessions import new_session


def agent_plan(request: AgentExecution, repository: Repository) -> ExecutionPlan[AgentExecution]:
    """Raises RpcError."""
    execution = copied(request)
    attachments = _taken(execution)
    continued = execution.spec.session_id
    agent, instance = (_of_session if continued else _of_agent)(execution, repository)
    if not agent.spec.instructions:
        raise not_now(f'Agent "{agent.metadata.slug}" has no instructions; apply it with some')
    session = None if continued else new_session(agent, instance, execution.metadata.org)
    if session is not None:
        execution.spec.session_id = session.metadata.id
    execution.spec.agent_id = agent.metadata.id
    execution.metadata.org = execution.metadata.org or agent.metadata.org
    return ExecutionPlan(
        kind=AGENT_EXECUTION,
        execution=execution,
        template=agent,
        environments=instance.spec.environment_refs,
        new_session=session,
        continued_session=continued,
        attachments=attachments,
    )


def _taken(execution: AgentExecution) -> list[Attachment]:
    """Its files; what is left of them in the execution is short."""
    annotations = execution.metadata.annotations
    try:
        found = decoded(annotations.get(ATTACHMENTS_ANNOTATION, ""))
    except ValueError as error:
        raise invalid(f"metadata.annotations[{ATTACHMENTS_ANNOTATION}]: {error}") from None
    if found:
        annotations[ATTACHMENTS_ANNOTATION] = json.dumps(in_short(found))
    return found


def _of_session(execution: AgentExecution, repository: Repository) -> tuple[Agent, AgentInstance]:
    session = repository.get(SESSION, execution.spec.session_id)
    instance = repository.get(AGENT_INSTANCE, session.spec.agent_instance_id)
    if execution.spec.agent_id not in ("", instance.spec.agent_id):
        raise invalid(
            f"spec.agent_id: {execution.spec.agent_id} is not the agent of session {session.metadata.id} "
            f"({instance.spec.agent_id}); send one of the two"
        )
    return repository.get(AGENT, instance.spec.agent_id), instance


def _of_agent(execution: AgentExecution, repository: Repository) -> tuple[Agent, AgentInstance]:
    if not execution.spec.agent_id:
        raise invalid("spec: one of session_id and agent_id must be set")
    agent = repository.get(AGENT, execution.spec.agent_id)
    return agent, AgentCollection(repository).instance_of(agent)
