"""Where the local backend keeps its logins, and the address of a server as it is written there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runcmd.errors import RunError, UsageError
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.place import DaemonPlace
from stigmerd.store.vault import VaultError

if TYPE_CHECKING:
    from stigmerd.agents.mcp.oauth.place import Logins


def logins() -> Logins:
    """Raises RunError."""
    if find_spec("fastmcp") is None:
        raise RunError(
            "the library for MCP servers is not installed",
            code="E1223",
            hint="pip install 'stigmer-devloop[mcp]'",
        )
    from stigmerd.agents.mcp.oauth.place import Logins

    try:
        data_dir = DaemonPlace.of().data_dir
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Logins.of(data_dir)
    except (DaemonError, VaultError, OSError) as error:
        raise RunError(f"logins cannot be kept: {error}", code="E1223", hint="see stigmer doctor") from error


def checked(url: str) -> str:
    """Raises UsageError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{url} is no address of a server",
            code="E0101",
            hint="write it as the agent has it: stigmer mcp login https://mcp.example.com/mcp",
        )
    return url
