"""MCP servers: the tools that an agent may use."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares, here
from stigmer.names import check_slug, check_text
from stigmer.server_options import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeVar, Unpack

    from stigmer.server_options import CommonOptions, StartedOptions

    Texts = Mapping[str, str]
    Item = TypeVar("Item")


class McpServer:
    """What all servers have in common; and the way to one that is stored in the backend.

    Values may hold `${VARIABLE}` of the agent's env.

    Example:
        ```python
        clerk = Agent(
            "clerk",
            "You look after the tickets.",
            mcp_servers=[McpServer.platform("github"), McpServer.organization("acme", "jira")],
        )
        ```
    """

    __slots__ = ("enabled_tools", "name", "options", "place")

    @declares
    def __init__(
        self, name: str, enabled_tools: Sequence[str] = (), options: CommonOptions | None = None
    ) -> None:
        if type(self) is McpServer:
            raise DeclarationError(
                "an MCP server is a StdioServer, HttpServer or DockerServer, "
                "or one that is stored: McpServer.platform(…) or McpServer.organization(…)"
            )
        self.place = here()
        self.name = _text("the server's name", name)
        self.enabled_tools = texts("enabled_tools", enabled_tools)
        self.options = checked(type(self).__name__, {**(options or {})}, (*self.__slots__, "enabled_tools"))

    @classmethod
    def platform(
        cls,
        slug: str,
        *,
        name: str = "",
        enabled_tools: Sequence[str] = (),
        **options: Unpack[StartedOptions],
    ) -> McpServer:
        """One that everybody has, as it is when the agent runs.

        Args:
            slug: of the stored server.
            name: under which the agent has it; its slug.
            enabled_tools: the only ones of its tools; those that it says itself.
        """
        return StoredServer({"slug": slug, "platform": True}, name, enabled_tools, options)

    @classmethod
    def organization(
        cls,
        org: str,
        slug: str,
        *,
        name: str = "",
        enabled_tools: Sequence[str] = (),
        **options: Unpack[StartedOptions],
    ) -> McpServer:
        """One that an organization has; else as `platform`."""
        check_slug("organization", org)
        return StoredServer({"slug": slug, "org": org}, name, enabled_tools, options)

    def values(self) -> list[str]:
        """The texts that may hold `${VARIABLE}`."""
        found: list[str] = []
        for name in ("command", "url", "image", "working_dir", "args", "env", "headers", "params"):
            value = getattr(self, name, "")
            match value:
                case str():
                    found.append(value)
                case dict():
                    found += value.values()
                case list():
                    found += value
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class StoredServer(McpServer):
    """A server of the backend. `reference`: its slug, and whose it is."""

    __slots__ = ()

    @declares
    def __init__(
        self,
        reference: dict[str, Any],
        name: str,
        enabled_tools: Sequence[str],
        options: StartedOptions,
    ) -> None:
        slug = check_slug("MCP server", reference["slug"])
        super().__init__(name or slug, enabled_tools, options)
        self.options["reference"] = reference


class StdioServer(McpServer):
    """A program that is started, with its tools.

    One process serves many executions as long as they only call tools that say `readOnlyHint`; after any
    other call it stays with its execution, and is closed with it. `shared=True`: it remembers nothing, and
    always serves many; `shared=False`: never.

    Example:
        ```python
        notes = StdioServer("notes", "python", ["notes_server.py"], env={"TOKEN": "${NOTES_TOKEN}"})
        clerk = Agent(
            "clerk",
            "You keep the notes in order.",
            mcp_servers=[notes],
            env=[EnvVar("NOTES_TOKEN", secret=True)],
        )
        ```
    """

    __slots__ = ("args", "command", "env", "working_dir")

    @declares
    def __init__(
        self,
        name: str,
        command: str,
        args: Sequence[str] = (),
        *,
        env: Texts | None = None,
        working_dir: str = "",
        enabled_tools: Sequence[str] = (),
        **options: Unpack[StartedOptions],
    ) -> None:
        super().__init__(name, enabled_tools, options)
        self.command = _text("the command", command)
        self.args = texts("args", args)
        self.env = pairs("env", env)
        self.working_dir = check_text("working_dir", working_dir)


class HttpServer(McpServer):
    """A server on the network. `timeout`: seconds that a call of a tool may take without progress; 60.

    Example:
        ```python
        search = HttpServer("search", "https://search.example/mcp", headers={"X-Key": "${KEY}"}, timeout=10)
        clerk = Agent(
            "clerk", "You look things up.", mcp_servers=[search], env=[EnvVar("KEY", secret=True)]
        )
        ```
    """

    __slots__ = ("headers", "params", "timeout", "url")

    @declares
    def __init__(
        self,
        name: str,
        url: str,
        *,
        headers: Texts | None = None,
        params: Texts | None = None,
        timeout: int | None = None,
        enabled_tools: Sequence[str] = (),
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(name, enabled_tools, options)
        self.url = _text("the URL", url)
        self.headers = pairs("headers", headers)
        self.params = pairs("params", params)
        if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, int) or timeout < 1):
            raise DeclarationError(f"the timeout must be a whole number of seconds, not {timeout!r}")
        self.timeout = timeout or 0


class Volume:
    """A directory of this machine inside of a container.

    Example:
        ```python
        files = DockerServer("files", "mcp/files", volumes=[Volume("/srv/reports", "/data", read_only=True)])
        ```
    """

    __slots__ = ("container_path", "host_path", "read_only")

    @declares
    def __init__(self, host_path: str, container_path: str, *, read_only: bool = False) -> None:
        self.host_path = _text("the host path", host_path)
        self.container_path = _text("the container path", container_path)
        self.read_only = read_only


class Port:
    """A port of a container on this machine.

    Example:
        ```python
        board = DockerServer("board", "mcp/board", ports=[Port(8080, 80)])
        ```
    """

    __slots__ = ("container", "host", "protocol")

    @declares
    def __init__(self, host: int, container: int, *, protocol: str = "") -> None:
        for number in (host, container):
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 65535:
                raise DeclarationError(f"a port is a number from 1 to 65535, not {number!r}")
        self.host = host
        self.container = container
        self.protocol = check_text("the protocol", protocol)


class DockerServer(McpServer):
    """A container that is started, with its tools.

    Example:
        ```python
        database = DockerServer("db", "mcp/postgres", env={"URL": "${DATABASE_URL}"}, enabled_tools=["query"])
        analyst = Agent(
            "analyst",
            "You answer questions from the data.",
            mcp_servers=[database],
            env=[EnvVar("DATABASE_URL", secret=True)],
        )
        ```
    """

    __slots__ = ("args", "container_name", "env", "image", "network", "ports", "volumes")

    @declares
    def __init__(
        self,
        name: str,
        image: str,
        args: Sequence[str] = (),
        *,
        env: Texts | None = None,
        volumes: Sequence[Volume] = (),
        ports: Sequence[Port] = (),
        network: str = "",
        container_name: str = "",
        enabled_tools: Sequence[str] = (),
        **options: Unpack[StartedOptions],
    ) -> None:
        super().__init__(name, enabled_tools, options)
        self.image = _text("the image", image)
        self.args = texts("args", args)
        self.env = pairs("env", env)
        self.volumes = _all("volumes", volumes, Volume)
        self.ports = _all("ports", ports, Port)
        self.network = check_text("network", network)
        self.container_name = check_text("container_name", container_name)


def texts(what: str, values: object) -> list[str]:
    if isinstance(values, str) or not isinstance(values, list | tuple):
        raise DeclarationError(f"{what} must be a list of texts, not {values!r:.60}")
    return [_text(f"an item of {what}", value) for value in values]


def pairs(what: str, values: object) -> dict[str, str]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise DeclarationError(f"{what} must be a dict of texts, not {values!r:.60}")
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise DeclarationError(f"{what} must be a dict of texts; {key!r} is {value!r:.60}")
    return dict(values)


def _all(what: str, values: Sequence[Item], kind: type[Item]) -> list[Item]:
    for value in values:
        if not isinstance(value, kind):
            raise DeclarationError(f"{what} must be {kind.__name__}(…) items, not {value!r:.60}")
    return list(values)


def _text(what: str, value: object) -> str:
    return check_text(what, value, empty=False)
