"""MCP servers, kept warm between executions: one that is free and configured alike is used again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stigmerd.agents.last_lines import LastLines
from stigmerd.agents.models import missing
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

IDLE_SECONDS = 300
CONNECT_SECONDS = 60  # the first `npx …` downloads its package
TERMINATE_SECONDS = 0.3
ANSWER_SECONDS = 5  # of one that was idle; then another one is started

# Notes its pid and start time, then becomes the server: so a survivor can be ended later.
LAUNCHER = """
import os, sys
try:
    with open("/proc/self/stat") as stat:
        began = stat.read().rpartition(")")[2].split()[19]
except OSError:
    began = ""
with open(os.path.join(sys.argv[1], str(os.getpid())), "w") as note:
    note.write(began)
os.execv(sys.argv[2], sys.argv[3:])
"""


class ServerFailed(AgentProblem):
    """An MCP server that did not start, or went away."""


class PooledServer:
    """One MCP server with a connection to it; a task of its own opens it, waits and closes it."""

    def __init__(self, config: Mapping[str, Json], notes: Path) -> None:
        self.key = key_of(config)
        self.name = str(config["name"])
        self._config = config
        self._notes = notes
        self._said = LastLines()
        self._wanted = asyncio.Event()
        self._stop = asyncio.Event()
        self._problem: BaseException | None = None
        self.toolset: MCPToolset[None] | None = None
        self.tools: tuple[str, ...] = ()
        self.lost = False
        self._task = asyncio.create_task(self._live(), name=f"mcp: {self.name}")

    async def opened(self) -> None:
        """Raises ServerFailed."""
        await self._wanted.wait()
        if self._problem is not None:
            raise ServerFailed(
                f'the MCP server "{self.name}" did not start: {self._reason()}'
            ) from self._problem

    async def _live(self) -> None:
        try:
            self._notes.mkdir(parents=True)
            with self._said.opened() as log:
                toolset = connection(self._config, self._notes, log)
                async with toolset:
                    self.tools = tuple(tool.name for tool in await toolset.list_tools())
                    self.toolset = toolset
                    self._wanted.set()
                    await self._stop.wait()
        # Whatever a foreign server makes its client raise is the end of this server, not of the process.
        except Exception as error:
            self._problem = error
        finally:
            self.toolset = None
            self._wanted.set()

    @property
    def usable(self) -> bool:
        return (
            not self.lost
            and self.toolset is not None
            and not self._task.done()
            and all(map(exists, self._pids()))
        )

    async def answers(self) -> bool:
        """An idle server may have died unnoticed."""
        if not self.usable or self.toolset is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return bool(await self.toolset.client.ping())
        # Whatever a foreign server makes its client raise says that it is of no use.
        except Exception:
            return False

    async def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({self._task})
        shutil.rmtree(self._notes, ignore_errors=True)

    async def kill(self) -> None:
        """At once, whatever it is doing."""
        self._signal(signal.SIGTERM)
        self._stop.set()
        if not self._wanted.is_set():
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=TERMINATE_SECONDS)
        self._signal(signal.SIGKILL)
        await self.close()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)

    def _pids(self) -> list[int]:
        return [int(note.name) for note in self._notes.glob("*") if note.name.isdigit()]

    def _reason(self) -> str:
        error = self._problem
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, AgentProblem):
            return str(error)
        said = self.log_tail()
        return f"{error}{f' (it wrote: {said})' if said else ''}"

    def log_tail(self) -> str:
        return self._said.shown()


class ServerPool:
    """Lends servers to executions, and closes those that were idle for too long."""

    def __init__(self, notes: Path, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._notes = notes
        self._idle_seconds = idle_seconds
        self._numbers = itertools.count(1)
        self._idle: dict[PooledServer, asyncio.TimerHandle] = {}
        self._all: set[PooledServer] = set()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lease(self, configs: Sequence[Mapping[str, Json]]) -> AsyncIterator[list[PooledServer]]:
        """Servers for one execution alone. They go back when it ended well; otherwise they are killed."""
        servers: list[PooledServer] = []
        well = False
        try:
            for config in configs:
                servers.append(await self._taken(config))  # noqa: PERF401 - if one fails, the others go back
            await open_all(servers)
            yield servers
            well = True
        finally:
            if well:
                for server in servers:
                    self._put_back(server)
            else:
                killing = asyncio.gather(*(server.kill() for server in servers))
                self._all.difference_update(servers)
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(killing)

    async def _taken(self, config: Mapping[str, Json]) -> PooledServer:
        server = self._take(config)
        while server.toolset is not None and not await server.answers():
            self._close_later(server)
            server = self._take(config)
        return server

    def _take(self, config: Mapping[str, Json]) -> PooledServer:
        for server, timer in self._idle.items():
            if server.key == key_of(config):
                timer.cancel()
                del self._idle[server]
                if server.usable:
                    return server
                self._close_later(server)
                break
        server = PooledServer(config, self._notes / str(next(self._numbers)))
        self._all.add(server)
        return server

    def _put_back(self, server: PooledServer) -> None:
        if not server.usable:
            self._close_later(server)
            return
        loop = asyncio.get_running_loop()
        self._idle[server] = loop.call_later(self._idle_seconds, self._expire, server)

    def _expire(self, server: PooledServer) -> None:
        self._idle.pop(server, None)
        self._close_later(server)

    def _close_later(self, server: PooledServer) -> None:
        self._all.discard(server)
        task = asyncio.create_task(server.close(), name=f"mcp: close {server.name}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        servers, self._all = self._all, set()
        await asyncio.gather(*self._closing, *(server.kill() for server in servers))


def key_of(config: Mapping[str, Json]) -> str:
    # Which of its tools an agent may use is the agent's affair; the server is the same.
    return json.dumps(
        {name: value for name, value in config.items() if name != "enabled_tools"}, sort_keys=True
    )


async def open_all(servers: Sequence[PooledServer]) -> None:
    for server in servers:
        await server.opened()


def connection(config: Mapping[str, Json], notes: Path, log: Any) -> MCPToolset[None]:
    try:
        from fastmcp.client.transports import StdioTransport
        from pydantic_ai.mcp import MCPToolset
    except ImportError as error:
        raise missing(f'the MCP server "{config["name"]}"', "mcp") from error
    if config["kind"] == "http":
        return MCPToolset(
            config["url"],
            headers=config["headers"] or None,
            init_timeout=config["timeout"],
            read_timeout=config["timeout"],
            tool_error_behavior="failed",
        )
    command = executable(config["command"], config["env"], Path(config["cwd"]))
    launch = ["-I", "-S", "-c", LAUNCHER, str(notes), command, config["command"], *config["args"]]
    environment = {**os.environ, **config["env"]}
    transport = StdioTransport(
        sys.executable, launch, env=environment, cwd=config["cwd"], keep_alive=False, log_file=log
    )
    return MCPToolset(
        transport, init_timeout=CONNECT_SECONDS, read_timeout=None, tool_error_behavior="failed"
    )


def executable(command: str, env: Mapping[str, str], folder: Path) -> str:
    if not folder.is_dir():
        raise ServerFailed(f"there is no folder {folder} to run it in")
    beside = folder / command
    if "/" in command and beside.is_file() and os.access(beside, os.X_OK):
        return str(beside)
    found = shutil.which(command, path=env.get("PATH"))
    if found is None:
        raise ServerFailed(f"no command `{command}` (looked in the folder {folder} and on the PATH)")
    return str(Path(found).absolute())


def exists(pid: int) -> bool:
    """Also False for one that has ended and whose parent has not asked for its status yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self/stat").exists()
