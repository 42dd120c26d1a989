"""Sessions: conversations with an agent instance."""

from __future__ import annotations

from stigmer_api.session_pb2 import ListSessionsByAgentRequest, ListSessionsRequest, Session, SessionList
from stigmerd.resources.kinds import AGENT_INSTANCE, SESSION
from stigmerd.resources.repository import Repository
from stigmerd.resources.sessions import SessionCollection
from stigmerd.services.paging import page_of_token, page_size, pages
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.rpc import Context


class Sessions(ResourceService[Session]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(SessionCollection(repository))

    async def list(self, request: ListSessionsRequest, context: Context) -> SessionList:
        return self._page(request.page_size, request.page_token, None, tuple(request.tags))

    async def list_by_agent(self, request: ListSessionsByAgentRequest, context: Context) -> SessionList:
        """Takes the id of an agent, or of an instance: the original compared with that."""
        instances = self.repository.children(AGENT_INSTANCE, request.agent_id)
        parents = (request.agent_id, *(instance.metadata.id for instance in instances))
        return self._page(request.page_size, request.page_token, parents, ())

    def _page(
        self, wanted_size: int, token: str, parents: tuple[str, ...] | None, tags: tuple[str, ...]
    ) -> SessionList:
        size = page_size(wanted_size)
        rows, total = self.repository.page(
            SESSION, size=size, number=page_of_token(token), parents=parents, tags=tags
        )
        entries = [self.repository.redacted(Session.FromString(row.data)) for row in rows]
        return SessionList(total_pages=pages(total, size), entries=entries)
