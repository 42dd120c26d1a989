"""How many processes of MCP servers there may be: `backend.local.mcp` in the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stigmer_api.config_file import ConfigError, block_of_local
from stigmerd.agents.problems import AgentProblem

IN_ALL: Final = "processes"
OF_EACH: Final = "processes_of_each"
DEFAULTS: Final = {IN_ALL: 32, OF_EACH: 8}
MOST: Final = 1000


def maximum(file: Path) -> dict[str, int]:
    """In all, and of one server. Raises AgentProblem."""
    try:
        said = block_of_local(file, "mcp")
    except ConfigError as error:
        raise AgentProblem(str(error), code=error.code) from error
    found = dict(DEFAULTS)
    for name, value in said.items() if isinstance(said, dict) else ():
        if name not in DEFAULTS or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
            wanted = f"a whole number from 1 to {MOST}"
            raise AgentProblem(
                f"{file}: backend.local.mcp.{name} must be {wanted}, not {value!r:.60}", code="E1200"
            )
        found[name] = value
    return found
