"""Which variables of a shell go to a backend on the same machine, for the one execution started there?

They say which model answers, and where the programs are that an agent's MCP servers name. They travel in the
metadata of the call, through a socket that only its owner can open, and are kept in memory only.
"""

from __future__ import annotations

from typing import Final

from stigmer_api.model_providers import KNOWN, SECRETS, VARIABLES

METADATA_KEY: Final = "stigmer-shell-bin"
KEY_VARIABLES: Final = {name: each.keys[0] for name, each in KNOWN.items() if each.keys}  # by provider
PREFIXES: Final = ("STIGMER_LLM_", "STIGMER_AGENT_")
PLACE: Final = ("PATH", "VIRTUAL_ENV")  # where that shell finds programs
SCRIPT: Final = "STIGMER_LLM_SCRIPT"  # a file


def is_for_models(name: str) -> bool:
    """Whether a variable goes this way because of models."""
    return name in VARIABLES or name.startswith(PREFIXES)


def is_secret(name: str) -> bool:
    """Whether its value is one that nobody may see."""
    return name in SECRETS or name.endswith(("_KEY", "_TOKEN"))
