"""One MCP server's way back: what it tells and asks reaches the executions that use it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from stigmerd.agents.mcp.inbound.notifications import SHOWN
from stigmerd.agents.mcp.options import LOG_LEVEL
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from mcp_types import LoggingMessageNotificationParams

MOST_EARLY = 100  # messages that are kept until somebody hears


class Listener(Protocol):
    """An execution that uses the server."""

    def logged(self, server: Inbound, level: str, logger: str, data: Json) -> None: ...


class Inbound:
    """Stays with the server, while executions come and go; several at once may share it."""

    def __init__(self, config: Mapping[str, Json]) -> None:
        """`config`: of the server, resolved."""
        self.name = str(config["name"])
        self.log_level = str(config.get("options", {}).get(LOG_LEVEL, SHOWN))
        self._roots = list(config.get("roots", ()))
        self._early: deque[tuple[str, str, Json]] = deque(maxlen=MOST_EARLY)
        self._listeners: list[Listener] = []
        self._calling: Counter[Listener] = Counter()

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
    def calling(self, listener: Listener) -> Iterator[None]:
        """While a call of its is at work: what the server asks meanwhile is about that."""
        self._calling[listener] += 1
        try:
            yield
        finally:
            self._calling[listener] -= 1
            self._calling += Counter()  # without those at zero

    def asked(self) -> Listener | None:
        """The execution that a question of the server is for; None: none, or nobody can say which."""
        candidates = list(self._calling) or self._listeners
        return candidates[0] if len(candidates) == 1 else None

    def handlers(self) -> dict[str, Any]:
        """What the client of the server is made with."""
        return {"log_handler": self._log, "roots": self._roots}

    async def _log(self, message: LoggingMessageNotificationParams) -> None:
        said = (message.level, message.logger or "", message.data)
        for listener in self._listeners:
            listener.logged(self, *said)
        if not self._listeners:
            self._early.append(said)
