"""Which backend does this run talk to?"""

from __future__ import annotations

import os
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devloop.cli.config import read_cloud, unless_empty
from devloop.cli.texts import require_text
from runcmd.errors import BackendError, UsageError
from stigmer_api.facts import LOCAL_ORGANIZATION

if TYPE_CHECKING:
    from runcmd.backend.address import Address

TLS_PORT = 443
CA_FILE = "STIGMER_CA_FILE"
SOCKET = "s"
MOST_SOCKET_BYTES = 100  # of its path: the kernel's own limit is 107, or 103 on macOS
SHORT = "/tmp"  # where the temporary directory has too long a name for a socket
ADDRESS_HINT = "write host:port, https://host or unix:/path"


class Where(Enum):
    """The four places a backend can be."""

    REMOTE = "remote"  # an address that the user gave
    CLOUD = "cloud"  # what the configuration file says
    DAEMON = "daemon"  # the embedded one, in the background
    EPHEMERAL = "ephemeral"  # the embedded one, inside this command, in memory


@dataclass(frozen=True, kw_only=True)
class BackendChoice:
    """The backend to use and the organization that its resources belong to."""

    where: Where
    target: str = ""
    token: str | None = None
    tls: bool = False
    ca_file: str = ""
    org: str = LOCAL_ORGANIZATION
    warning: str = field(default="", compare=False)
    option: str = field(default="", compare=False)  # with which another command finds the same backend

    def __repr__(self) -> str:
        return f"BackendChoice({self.where.value}, {self.target!r})"


def choose_backend(
    *,
    environ: Mapping[str, str],
    config: Path,
    server: str = "",
    ephemeral: bool = False,
    org: str = "",
    project_org: str = "",
    needs_org: bool = True,
) -> BackendChoice:
    """A flag wins over the environment, the environment over the configuration file."""
    if server and ephemeral:
        raise UsageError(
            "--server and --ephemeral cannot be used together", code="E0102", hint="leave one of them out"
        )
    if ephemeral:
        return BackendChoice(where=Where.EPHEMERAL, org=org or LOCAL_ORGANIZATION)
    address = server or environ.get("STIGMER_SERVER_ADDR", "").strip()
    if address:
        require_text(address, "the address in STIGMER_SERVER_ADDR")
        require_text(environ.get("STIGMER_API_KEY", ""), "the token in STIGMER_API_KEY")
        target, tls = parse_address(address, "--server" if server else "STIGMER_SERVER_ADDR")
        token = unless_empty(environ.get("STIGMER_API_KEY"))
        remote_org = project_org if tls else ""  # elsewhere there is one organization, the local one
        return BackendChoice(
            where=Where.REMOTE,
            target=target,
            tls=tls,
            token=token,
            ca_file=environ.get(CA_FILE, ""),
            org=org or remote_org or LOCAL_ORGANIZATION,
            option=f"--server {shlex.quote(server)}" if server else "",
        )
    cloud = read_cloud(config)
    if cloud is None:
        return BackendChoice(where=Where.DAEMON, org=org or LOCAL_ORGANIZATION)
    owner = org or project_org or cloud.org
    if needs_org and not owner:
        raise UsageError(
            "the cloud backend needs an organization",
            code="E0117",
            hint=f"give --org, or set organization in Stigmer.yaml or backend.cloud.org_id in {config}",
        )
    target, _ = parse_address(cloud.endpoint, f"backend.cloud.endpoint in {config}")
    warning = f"{config} contains a token and other users can read it; to protect it: chmod 600 {config}"
    return BackendChoice(
        where=Where.CLOUD,
        target=target,
        token=cloud.token,
        tls=True,
        ca_file=environ.get(CA_FILE, "") or cloud.ca_file,
        org=owner,
        warning=warning if cloud.exposed else "",
    )


def tokens(choice: BackendChoice) -> frozenset[str]:
    """What must never be shown of it."""
    return frozenset() if choice.token is None else frozenset({choice.token})


def parse_address(text: str, source: str) -> tuple[str, bool]:
    """A gRPC target, and whether to use TLS."""
    if text.startswith("unix:"):
        return text, False
    parts = urlsplit(text if "://" in text else f"grpc://{text}")
    tls = parts.scheme in ("https", "grpcs")
    try:
        port = parts.port or (TLS_PORT if tls else None)
    except ValueError:
        port = None
    known = tls or parts.scheme in ("http", "grpc")
    if not known or not parts.hostname or not port or parts.path not in ("", "/"):
        raise UsageError(
            f'{source}: "{text}" is not the address of a server', code="E0106", hint=ADDRESS_HINT
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}", tls


@asynccontextmanager
async def open_connection(choice: BackendChoice) -> AsyncIterator[Callable[[], Awaitable[Address]]]:
    """A function that returns the address of the backend, once it listens."""
    from stigmerd.process.no_core import leave_no_core

    leave_no_core()  # tokens, keys and the secrets of a run are in this process, too
    if choice.where is Where.EPHEMERAL:
        async with _ephemeral() as address:
            yield lambda: _known(address)
    elif choice.where is Where.DAEMON:
        yield _daemon
    else:
        from devloop.cli.backend_warnings import warn_about
        from runcmd.backend.address import Address

        address = _own(choice.target) or Address(
            target=choice.target,
            token=choice.token,
            tls=choice.tls,
            ca_file=choice.ca_file,
            option=choice.option,
        )
        warn_about(address, choice.warning)
        yield lambda: _known(address)


async def _known(address: Address) -> Address:
    return address


def _own(target: str) -> Address | None:
    """The socket of our own daemon if `target` is its port, which somebody else may use by now."""
    from runcmd.backend.address import Address
    from stigmerd.daemon.client import DaemonError, DaemonPlace
    from stigmerd.daemon.own import own_socket

    try:
        socket = own_socket(DaemonPlace.of(), target)
    except DaemonError as error:
        raise BackendError(error.message, code=error.code, hint=error.hint) from error
    if socket is None:
        return None
    return Address(target=socket, description="local backend", local=True)


async def _daemon() -> Address:
    import anyio.to_thread

    from runcmd.backend.address import Address
    from stigmerd.daemon.client import DaemonError, DaemonPlace, ensure

    try:
        # In a thread, because it runs while the project's program does; a Ctrl-C need not wait for it.
        running = await anyio.to_thread.run_sync(ensure, DaemonPlace.of(), abandon_on_cancel=True)
    except DaemonError as error:
        raise BackendError(error.message, code=error.code, hint=error.hint) from error
    return Address(
        target=running.address,
        started=running.started,
        ours=True,
        local=True,
        description="local backend",
        missing=running.missing,
    )


@asynccontextmanager
async def _ephemeral() -> AsyncIterator[Address]:
    from runcmd.backend.address import Address
    from stigmerd.server import ServerSettings, open_server

    # A socket of our own in a directory that only its owner can open: no port, no token.
    with ExitStack() as stack:
        scratch = _own_directory(stack)
        too_long = len(os.fsencode(scratch / SOCKET)) > MOST_SOCKET_BYTES
        place = _own_directory(stack, SHORT) if too_long else scratch
        require_text(str(place), "the temporary directory, where the backend gets its socket,")
        settings = ServerSettings(
            data_dir=None,
            scratch_dir=scratch,
            addresses=(f"unix:{place}/{SOCKET}",),
            token=None,
            idle_stop_seconds=0,
            log_file=None,
        )
        async with open_server(settings) as server:
            yield Address(target=server.addresses[0], description="ephemeral backend")


def _own_directory(stack: ExitStack, within: str | None = None) -> Path:
    from runcmd.synthesis.own_directory import make_own_directory
    from runcmd.synthesis.scratch import remove

    own = make_own_directory(within=within)
    stack.callback(own.close)
    stack.callback(remove, own.path)
    return own.path
