"""Sessions: the conversations that agent executions belong to."""

from __future__ import annotations

import secrets
import time

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.facts import API_VERSION, ORGANIZATION_SCOPE
from stigmer_api.ids import new_id
from stigmer_api.session_pb2 import Session
from stigmerd.resources.audit import stamp_created
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import AGENT_INSTANCE, SESSION
from stigmerd.resources.repository import Repository

MAX_SUBJECT_CHARACTERS = 80


class SessionCollection(ResourceCollection[Session]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(SESSION, repository)

    def check(self, resource: Session) -> None:
        self.repository.get(AGENT_INSTANCE, resource.spec.agent_instance_id)


def new_session(agent: Agent, instance: AgentInstance, org: str) -> Session:
    """A platform's agent is executed by an organization: sessions have no other scope."""
    return _named(instance.metadata.id, org or agent.metadata.org)


def forked_session(origin: Session) -> Session:
    """With the same agent instance and subject."""
    session = _named(origin.spec.agent_instance_id, origin.metadata.org)
    session.spec.subject = origin.spec.subject
    return session


def _named(instance_id: str, org: str) -> Session:
    session = Session(api_version=API_VERSION, kind=SESSION.title)
    session.metadata.id = new_id(SESSION.prefix)
    session.metadata.name = f"session-{time.time_ns() // 1_000_000}-{secrets.token_hex(3)}"
    session.metadata.slug = session.metadata.name
    session.metadata.org = org
    session.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]
    session.spec.agent_instance_id = instance_id
    stamp_created(session)
    return session


def subject_of(message: str) -> str:
    """The first line of what the agent is asked first, secrets masked."""
    return message.strip().partition("\n")[0][:MAX_SUBJECT_CHARACTERS]
