"""What the MCP servers of one execution tell and ask while it uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from stigmer_api.masking import Masker
from stigmerd.agents.asking.asker import current_call
from stigmerd.agents.mcp.inbound.calls import ServerCall
from stigmerd.agents.mcp.inbound.inbound import Inbound
from stigmerd.agents.mcp.inbound.notifications import Notifications
from stigmerd.agents.mcp.inbound.questions import ServerQuestions
from stigmerd.agents.mcp.inbound.sampling import current_sampler
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from mcp_types import CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult

    from stigmerd.agents.mcp.inbound.addresses import Asks

# Of the execution that this task works for. Its calls are made deep inside of pydantic-ai.
_here: ContextVar[Listening | None] = ContextVar("listening", default=None)


class Listening:
    """A `Listener`: hears what is for its execution."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._notifications = Notifications(reporter, masker)
        self._questions = ServerQuestions(reporter)

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

    async def fill_in(self, server: Inbound, call: ServerCall, params: ElicitRequestParams) -> ElicitResult:
        return await self._questions.fill_in(server, call, params)

    async def complete(
        self, server: Inbound, call: ServerCall, params: CreateMessageRequestParams
    ) -> CreateMessageResult:
        return await self._questions.complete(server, call, params)

    @contextmanager
    def call(self, server: Inbound, call: ServerCall) -> Iterator[None]:
        """While one call is made, inside: its progress is told, and what the server asks is about it."""
        with server.calling(self, call), self._notifications.call(server.name, call.tool):
            yield


@contextmanager
def call_of_execution(
    server: Inbound, tool: str, paused: Callable[[], AbstractContextManager[None]] = nullcontext
) -> Iterator[Asks | None]:
    """The same for the execution that this task works for. `paused`: stops the time of the call.

    What it gives asks a person about the call; None: there is nobody.
    """
    asks: Asks | None = None
    with ExitStack() as calling:
        if (listening := _here.get()) is not None:
            call = ServerCall(tool=tool, id=current_call(), paused=paused, sampler=current_sampler())
            calling.enter_context(listening.call(server, call))
            asks = partial(listening.fill_in, server, call)
        yield asks
