"""One MCP server's way back: what it tells and asks reaches the executions that use it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from stigmerd.agents.mcp.inbound.calls import ServerCall
from stigmerd.agents.mcp.inbound.notifications import SHOWN
from stigmerd.agents.mcp.options import ASK, DENY, ELICITATION, LOG_LEVEL, SAMPLING
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from mcp_types import (
        CreateMessageRequestParams,
        CreateMessageResult,
        ElicitRequestParams,
        ElicitResult,
        LoggingMessageNotificationParams,
    )

MOST_EARLY = 100  # messages that are kept until somebody hears


class Listener(Protocol):
    """An execution that uses the server."""

    def logged(self, server: Inbound, level: str, logger: str, data: Json) -> None: ...

    async def fill_in(
        self, server: Inbound, call: ServerCall, params: ElicitRequestParams
    ) -> ElicitResult: ...

    async def complete(
        self, server: Inbound, call: ServerCall, params: CreateMessageRequestParams
    ) -> CreateMessageResult: ...


class Inbound:
    """Stays with the server, while executions come and go; several at once may share it."""

    def __init__(self, config: Mapping[str, Json]) -> None:
        """`config`: of the server, resolved."""
        self.name = str(config["name"])
        options = config.get("options", {})
        self.log_level = str(options.get(LOG_LEVEL, SHOWN))
        self._roots = list(config.get("roots", ()))
        self._early: deque[tuple[str, str, Json]] = deque(maxlen=MOST_EARLY)
        self._listeners: list[Listener] = []
        self._calls: list[tuple[Listener, ServerCall]] = []
        self.sampling = str(options.get(SAMPLING, ASK))
        self.elicitation = str(options.get(ELICITATION, ASK))

    @contextmanager
    def hears(self, listener: Listener) -> Iterator[None]:
        """While it uses the server; also what was told since the server was started."""
        self._listeners.append(listener)
        while self._early:
            listener.logged(self, *self._early.popleft())
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def calling(self, listener: Listener, call: ServerCall) -> Iterator[None]:
        """While a call of its is at work: what the server asks meanwhile is about that."""
        self._calls.append((listener, call))
        try:
            yield
        finally:
            self._calls.remove((listener, call))

    def asked(self) -> tuple[Listener, ServerCall] | None:
        """What a question of the server is about; None: nothing, or nobody can say whose call."""
        if len({id(listener) for listener, _ in self._calls}) != 1:
            return None
        return self._calls[-1]

    def handlers(self) -> dict[str, Any]:
        """What the client of the server is made with. What is denied, it is not offered at all."""
        found: dict[str, Any] = {"log_handler": self._log, "roots": self._roots}
        if self.elicitation != DENY:
            found["elicitation_handler"] = self._fill_in
        if self.sampling != DENY:
            found["sampling_handler"] = self._complete
        return found

    async def _fill_in(
        self, message: str, kind: object, params: ElicitRequestParams, context: object
    ) -> ElicitResult:
        from mcp_types import ElicitResult

        if (asked := self.asked()) is None:
            return ElicitResult(action="decline")
        listener, call = asked
        return await listener.fill_in(self, call, params)

    async def _complete(
        self, messages: object, params: CreateMessageRequestParams, context: object
    ) -> CreateMessageResult:
        if (asked := self.asked()) is None:
            raise PermissionError("nobody's call is at work, or those of several: nobody can be asked")
        listener, call = asked
        return await listener.complete(self, call, params)

    async def _log(self, message: LoggingMessageNotificationParams) -> None:
        said = (message.level, message.logger or "", message.data)
        for listener in self._listeners:
            listener.logged(self, *said)
        if not self._listeners:
            self._early.append(said)
