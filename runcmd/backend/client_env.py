"""Which variables of this shell does a backend on this machine get, besides those that a run names?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

METADATA_KEY: Final = "stigmer-shell-bin"
NAMES: Final = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
PREFIXES: Final = ("STIGMER_LLM_", "STIGMER_AGENT_")
SCRIPT: Final = "STIGMER_LLM_SCRIPT"
LONGEST_CHARACTERS: Final = 1000  # metadata of a call have 8 KiB in all
MOST_BYTES: Final = 6000


def handover(environ: Mapping[str, str]) -> bytes:
    """What says which model answers. It is for the one execution that is created, and kept in memory only."""
    values: dict[str, str] = {}
    for name in sorted(environ):
        if name in NAMES or name.startswith(PREFIXES):
            value = environ[name] if name != SCRIPT else _absolute(environ[name])
            more = {**values, name: value}
            if value and len(value) <= LONGEST_CHARACTERS and len(_encoded(more)) <= MOST_BYTES:
                values = more
    return _encoded(values)


def _absolute(script: str) -> str:
    """The backend has another working directory."""
    try:
        return str(Path(script).expanduser().absolute()) if script else ""
    except RuntimeError:  # `~nobody`: the agent says that it cannot be read
        return script


def _encoded(values: Mapping[str, str]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()
