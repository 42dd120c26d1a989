"""One connection for each provider, address and key, for all executions that ask there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final

from pydantic_ai.providers import Provider

from stigmer_api.model_providers import KNOWN, SCRIPTED
from stigmerd.agents.models.clients.make import Connection, connection_for

logger = logging.getLogger(__name__)

MOST: Final = 16  # that wait for the next execution


class SharedClients:
    """Those that nobody uses are closed, the oldest first, when there are too many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._made: dict[str, Connection] = {}  # the one that was used last comes last
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def lease(self, choices: Iterable[Mapping[str, Any]]) -> AsyncIterator[None]:
        """Nothing of these is closed meanwhile; their libraries are imported, in a thread."""
        asked = [choice for choice in choices if choice["provider"] != SCRIPTED]
        names = {name_of(choice) for choice in asked}
        self._users.update(names)
        try:
            if asked:
                await asyncio.to_thread(load, {choice["provider"] for choice in asked})
            yield
        finally:
            self._users.subtract(names)
            await self._close_spare()

    def provider(self, choice: Mapping[str, Any]) -> Provider[Any]:
        """Raises ImportError without the provider's library."""
        name = name_of(choice)
        connection = self._made.pop(name, None) or connection_for(choice)
        self._made[name] = connection
        return connection.provider

    async def aclose(self) -> None:
        made, self._made = self._made, {}
        for connection in made.values():
            await _closed(connection)

    async def _close_spare(self) -> None:
        idle = [name for name in self._made if not self._users[name]]
        for name in idle[: max(0, len(self._made) - self._most)]:
            await _closed(self._made.pop(name))
        self._users += Counter()  # forgets those that are zero


async def _closed(connection: Connection) -> None:
    try:
        await connection.close()
    except Exception as error:  # one that cannot be closed keeps nobody from working
        logger.warning("a connection to %s could not be closed: %s", connection.provider.name, error)


def name_of(choice: Mapping[str, Any]) -> str:
    """The same for who may share a connection."""
    return json.dumps([choice[key] for key in ("provider", "base_url", "api_key", "more")], sort_keys=True)


def load(providers: Iterable[str]) -> None:
    """Imports what they need. What is missing is said when it is asked."""
    for name in providers:
        if (known := KNOWN.get(name)) is None or name == SCRIPTED:
            continue
        module = known.family.replace("-", "_")
        module = module if module in OWN_MODEL else "openai"
        try:
            import_module(known.library)
            import_module(f"pydantic_ai.models.{module}")
        except ImportError:
            return


OWN_MODEL: Final = frozenset(
    {
        *("anthropic", "bedrock", "cerebras", "cohere", "crusoe", "google", "groq", "huggingface"),
        *("mistral", "ollama", "openrouter", "xai", "zai"),
    }
)
