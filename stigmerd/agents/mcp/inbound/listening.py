"""What the MCP servers of one execution tell and ask while it uses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from stigmer_api.masking import Masker
from stigmerd.agents.mcp.inbound.inbound import Inbound
from stigmerd.agents.mcp.inbound.notifications import Notifications
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

# Of the execution that this task works for. Its calls are made deep inside of pydantic-ai.
_here: ContextVar[Listening | None] = ContextVar("listening", default=None)


class Listening:
    """A `Listener`: hears what is for its execution."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._notifications = Notifications(reporter, masker)

    @contextmanager
    def to(self, servers: Sequence[Inbound]) -> Iterator[None]:
        """Also to what they told since they were started."""
        token = _here.set(self)
        try:
            with ExitStack() as hearing:
                for server in servers:
                    hearing.enter_context(server.hears(self))
                yield
        finally:
            self._notifications.end()
            _here.reset(token)

    def logged(self, server: Inbound, level: str, logger: str, data: Json) -> None:
        self._notifications.logged(server.name, server.log_level, level, logger, data)

    @contextmanager
    def call(self, server: Inbound, tool: str) -> Iterator[None]:
        """While one call is made, inside: its progress is told, and what the server asks is about it."""
        with server.calling(self), self._notifications.call(server.name, tool):
            yield


@contextmanager
def call_of_execution(server: Inbound, tool: str) -> Iterator[None]:
    """The same for the execution that this task works for."""
    with ExitStack() as calling:
        if (listening := _here.get()) is not None:
            calling.enter_context(listening.call(server, tool))
        yield
