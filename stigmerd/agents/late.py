"""The agent host, imported with the first agent execution: it costs more than all the rest of the backend."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from stigmerd.agents.leftovers import remove_leftovers
from stigmerd.children.strays import LOCK
from stigmerd.executions.log import Executions
from stigmerd.resources.lookup import Lookup

if TYPE_CHECKING:
    from stigmerd.agents.host import AgentHost

logger = logging.getLogger(__name__)

DIRECTORY = "agents"  # in the data directory


class LateAgents:
    """Drives agent executions: the engine's AgentRunner."""

    def __init__(self, executions: Executions, lookup: Lookup, data_dir: Path | None) -> None:
        self._executions = executions
        self._lookup = lookup
        self._data_dir = data_dir
        self._host: AgentHost | None = None

    async def run(self, execution_id: str) -> None:
        await self._loaded().run(execution_id)

    async def warm(self) -> None:
        from stigmerd.agents.process import ProcessDied

        try:
            await self._loaded().warm()
        except (ProcessDied, OSError) as error:  # the first execution fails with the same reason
            logger.warning("agents cannot be started: %s", error)

    async def aclose(self) -> None:
        if self._host is not None:
            await self._host.aclose()

    def _loaded(self) -> AgentHost:
        if self._host is None:
            from stigmerd.agents.host import AgentHost, AgentSettings

            directory = self._data_dir and self._data_dir / DIRECTORY
            helpers = self._data_dir and self._data_dir / LOCK
            settings = AgentSettings(directory=directory, helpers=helpers)
            self._host = AgentHost(self._executions, self._lookup, settings)
        return self._host


async def remove_left_processes(data_dir: Path) -> None:
    """What the agent processes of an earlier backend left."""
    if next((data_dir / DIRECTORY).glob("process-*"), None) is not None:
        await anyio.to_thread.run_sync(remove_leftovers, data_dir / DIRECTORY)
