"""Which variables of a shell go to a backend on the same machine, for the one execution started there?

They say which model answers. They travel in the metadata of the call, through a socket that only its owner
can open, and are kept in memory only.
"""

from __future__ import annotations

from typing import Final

METADATA_KEY: Final = "stigmer-shell-bin"
KEY_VARIABLES: Final = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}  # by provider
PREFIXES: Final = ("STIGMER_LLM_", "STIGMER_AGENT_")
SCRIPT: Final = "STIGMER_LLM_SCRIPT"  # a file


def is_for_models(name: str) -> bool:
    """Whether a variable goes this way."""
    return name in KEY_VARIABLES.values() or name.startswith(PREFIXES)
