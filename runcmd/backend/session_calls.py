"""The calls about sessions: the conversations that executions of agents belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.calls import DELETE_SECONDS, LOOKUP_SECONDS, Backend
from runcmd.backend.messages import AGENTIC

if TYPE_CHECKING:
    from stigmer_api.agentexecution_pb2 import AgentExecution, AgentExecutionList
    from stigmer_api.agentinstance_pb2 import AgentInstance
    from stigmer_api.session_pb2 import Session

SESSIONS = f"{AGENTIC}.session.v1.Session"
EXECUTIONS = f"{AGENTIC}.agentexecution.v1.AgentExecutionQueryController"
PAGE = 100
MOST_PAGES = 100


async def get_session(backend: Backend, session: str) -> Session:
    """Raises NotFoundError."""
    from stigmer_api.session_pb2 import Session, SessionId

    method = f"{SESSIONS}QueryController/get"
    return await backend.transport.call(method, SessionId(value=session), Session, LOOKUP_SECONDS)


async def list_sessions(backend: Backend, count: int = PAGE * MOST_PAGES) -> list[Session]:
    """The newest first, at most so many."""
    from stigmer_api.session_pb2 import ListSessionsRequest, SessionList

    found: list[Session] = []
    method = f"{SESSIONS}QueryController/list"
    for page in range(1, MOST_PAGES + 1):
        request = ListSessionsRequest(page_size=min(count, PAGE), page_token="" if page == 1 else str(page))
        reply = await backend.transport.call(method, request, SessionList, LOOKUP_SECONDS)
        known = {each.metadata.id for each in found}
        fresh = [each for each in reply.entries if each.metadata.id not in known]
        found += fresh
        if not fresh or page >= reply.total_pages or len(found) >= count:
            break
    return found[:count]


async def delete_session(backend: Backend, session: str) -> None:
    """Without its executions. Raises NotFoundError."""
    from stigmer_api.session_pb2 import Session, SessionId

    method = f"{SESSIONS}CommandController/delete"
    await backend.transport.call(method, SessionId(value=session), Session, DELETE_SECONDS)


async def executions_in(backend: Backend, session: str) -> list[AgentExecution]:
    """All of them, the oldest first."""
    found: list[AgentExecution] = []
    for page in range(1, MOST_PAGES + 1):
        reply = await executions_page(backend, session, PAGE, page)
        known = {each.metadata.id for each in found}
        fresh = [each for each in reply.entries if each.metadata.id not in known]
        found += fresh
        if not fresh or page >= reply.total_pages:
            break
    return found[::-1]


async def executions_page(backend: Backend, session: str, size: int, page: int = 1) -> AgentExecutionList:
    """The newest first. Some servers ignore the size and send all."""
    from stigmer_api.agentexecution_pb2 import AgentExecutionList, ListAgentExecutionsBySessionRequest

    request = ListAgentExecutionsBySessionRequest(
        session_id=session, page_size=size, page_token="" if page == 1 else str(page)
    )
    method = f"{EXECUTIONS}/listBySession"
    return await backend.transport.call(method, request, AgentExecutionList, LOOKUP_SECONDS)


async def newest_agent_executions(backend: Backend, size: int) -> list[AgentExecution]:
    """Of all sessions."""
    from stigmer_api.agentexecution_pb2 import AgentExecutionList, ListAgentExecutionsRequest

    request = ListAgentExecutionsRequest(page_size=size)
    return list(
        (
            await backend.transport.call(f"{EXECUTIONS}/list", request, AgentExecutionList, LOOKUP_SECONDS)
        ).entries
    )


async def get_agent_instance(backend: Backend, instance: str) -> AgentInstance:
    """Raises NotFoundError."""
    from stigmer_api.agentinstance_pb2 import AgentInstance, AgentInstanceId

    method = f"{AGENTIC}.agentinstance.v1.AgentInstanceQueryController/get"
    return await backend.transport.call(
        method, AgentInstanceId(value=instance), AgentInstance, LOOKUP_SECONDS
    )
