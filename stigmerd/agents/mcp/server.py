"""One MCP server with a connection to it: opened, asked whether it still answers, closed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from stigmer_api.program.files import resolved_command
from stigmerd.agents.mcp.health import ServerHealth
from stigmerd.agents.mcp.inbound.inbound import Inbound
from stigmerd.agents.mcp.inbound.levels import ask_for_level
from stigmerd.agents.mcp.inbound.progress import pass_progress_on
from stigmerd.agents.mcp.last_lines import LastLines
from stigmerd.agents.mcp.limits import LONGEST_SECONDS
from stigmerd.agents.mcp.oauth.needed import LoginNeeded, TokenRefused, refused_login
from stigmerd.agents.mcp.oauth.place import Logins
from stigmerd.agents.mcp.state import State, environment_of
from stigmerd.agents.models.build import missing
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

    from stigmerd.agents.mcp.oauth.client import Login
    from stigmerd.agents.mcp.oauth.watched import Watched

CONNECT_SECONDS = 60  # the first `npx …` downloads its package
LISTING_SECONDS = 60
TERMINATE_SECONDS = 0.3
AGENTS_AFFAIR = {"enabled_tools", "call_seconds", "timeout", "tool_timeouts", "shared", "requires_approval"}

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

    code = "E0850"


class LoginMissing(ServerFailed):
    """An MCP server elsewhere that wants a login."""

    code = LoginNeeded.code


class PooledServer:
    """One MCP server with a connection to it; a task of its own opens it, waits and closes it."""

    def __init__(self, config: Mapping[str, Json], state: State | None, notes: Path) -> None:
        """`state`: what it is going to be made of; None: it must not be used a second time."""
        self.key = key_of(config)
        self.state = state
        self.name = str(config["name"])
        self.config = config
        self.inbound = Inbound(config)
        self._notes = notes
        self._said = LastLines()
        self._doubts: set[Callable[[str], None]] = set()  # hear what is printed instead of an answer
        self._wanted = asyncio.Event()
        self._stop = asyncio.Event()
        self._problem: BaseException | None = None
        self.toolset: MCPToolset[None] | None = None
        self.tools: tuple[str, ...] = ()
        self.users: set[Any] = set()  # Lent, see lending/
        self.owner: Any = None  # the one of them that has it alone
        self.used = False  # a tool was called
        self.in_flight = 0  # calls
        self.retired = False  # not lent any more
        self.lost = False
        self.health = ServerHealth(self)
        self._task = asyncio.create_task(self._live(), name=f"mcp: {self.name}")

    async def opened(self) -> None:
        """Raises ServerFailed."""
        await self._wanted.wait()
        if (refused := refused_login(self._problem)) is not None:
            raise LoginMissing(f'the MCP server "{self.name}" did not start: {refused}') from self._problem
        if self._problem is not None:
            raise ServerFailed(
                f'the MCP server "{self.name}" did not start: {self._reason()}'
            ) from self._problem

    async def _live(self) -> None:
        try:
            self._notes.mkdir(parents=True)
            with self._said.opened() as log:
                toolset = connection(self.config, self._notes, log, self)
                async with toolset:
                    async with asyncio.timeout(LISTING_SECONDS):
                        await ask_for_level(toolset, self.config)
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

    def printed(self, text: str) -> None:
        """On standard output, where only messages of MCP may stand."""
        self._said.add(f"(on standard output, no message of MCP) {text}\n".encode())
        for doubt in list(self._doubts):
            doubt(text)

    @property
    def left_out(self) -> Mapping[str, str]:
        """The tools that are not as they must be, and why."""
        return getattr(self.toolset.client.session, "left_out", {}) if self.toolset is not None else {}

    @property
    def opening(self) -> bool:
        """It is not up yet; `opened` waits for it."""
        return not self._wanted.is_set()

    @property
    def usable(self) -> bool:
        return (
            not self.lost
            and self.toolset is not None
            and not getattr(self.toolset.client.transport, "closed", False)
            and not self._task.done()
            and all(map(exists, self._pids()))
        )

    @property
    def stateless(self) -> bool:
        """A connection without a session: what one execution does cannot show in another one."""
        return (
            self.config["kind"] == "http"
            and self.toolset is not None
            and self.toolset.client.transport.get_session_id() is None
        )

    def give_up_call(self) -> None:
        """It may be busy with it for long; whoever has it alone has to live with that."""
        if self.owner is None:
            self.health.doubt()

    @contextmanager
    def doubted_by(self, doubt: Callable[[str], None]) -> Iterator[None]:
        """Hears what is printed instead of an answer, while it waits for one."""
        self._doubts.add(doubt)
        try:
            yield
        finally:
            self._doubts.discard(doubt)

    async def close(self) -> None:
        self._stop.set()
        self.health.stop()
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

    def listening(self, heard: Callable[[bytes], None]) -> AbstractContextManager[None]:
        """To what it writes on standard error, and wrote before, as far as nobody has heard it."""
        return self._said.listening(heard)

    def log_tail(self) -> str:
        return self._said.shown()


def key_of(config: Mapping[str, Json]) -> str:
    """Of what it is made. Which of its tools an agent may use, and for how long, is the agent's affair."""
    made_of = {name: value for name, value in config.items() if name not in AGENTS_AFFAIR}
    options = config.get("options", {})
    made_of["options"] = {name: value for name, value in options.items() if name not in AGENTS_AFFAIR}
    return json.dumps(made_of, sort_keys=True)


def connection(
    config: Mapping[str, Json], notes: Path, log: TextIO, server: PooledServer
) -> MCPToolset[None]:
    toolset = _toolset(config, notes, log, server)
    from stigmerd.agents.mcp.wire.listing import sieve_tools

    sieve_tools(toolset.client)
    pass_progress_on(toolset.client)
    return toolset


def _toolset(config: Mapping[str, Json], notes: Path, log: TextIO, server: PooledServer) -> MCPToolset[None]:
    try:
        from pydantic_ai.mcp import MCPToolset

        from stigmerd.agents.mcp.wire.stdio import StdioTransport
    except ImportError as error:
        raise missing(f'the MCP server "{config["name"]}"', "mcp") from error
    if config["kind"] == "http":
        return MCPToolset(
            config["url"],
            headers=config["headers"] or None,
            auth=login_at(config),
            init_timeout=config["connect_seconds"],
            read_timeout=LONGEST_SECONDS,  # each call has a limit of its own
            tool_error_behavior="failed",
            **server.inbound.handlers(),
        )
    command = executable(config["command"], environment_of(config), Path(config["cwd"]))
    launch = ["-I", "-S", "-c", LAUNCHER, str(notes), command, config["command"], *config["args"]]
    environment = {**os.environ, **environment_of(config)}
    transport = StdioTransport(
        [sys.executable, *launch], env=environment, cwd=config["cwd"], log=log, noise=server.printed
    )
    return MCPToolset(
        transport,
        init_timeout=CONNECT_SECONDS,
        read_timeout=None,
        tool_error_behavior="failed",
        **server.inbound.handlers(),
    )


def login_at(config: Mapping[str, Json]) -> Login | Watched:
    """The login that somebody has there; without one, that it is missing is said."""
    from stigmerd.agents.mcp.oauth.watched import Watched

    url = config["url"]
    if "logins" not in config:
        return Watched(TokenRefused())
    logins = Logins(folder=Path(config["logins"]["folder"]), key=config["logins"]["key"])
    if not logins.file_of(url).exists():
        return Watched(LoginNeeded(url))
    from stigmerd.agents.mcp.oauth.client import Login
    from stigmerd.agents.mcp.oauth.store import LoginStore

    return Login(url, LoginStore(logins, url))


def executable(command: str, env: Mapping[str, str], folder: Path) -> str:
    if not folder.is_dir():
        raise ServerFailed(f"there is no folder {folder} to run it in")
    found = resolved_command(command, folder, env.get("PATH"))
    if found is None:
        raise ServerFailed(f"no command `{command}` (looked in the folder {folder} and on the PATH)")
    return found


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
