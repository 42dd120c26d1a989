"""The variables of this shell that a backend on this machine gets, besides those that a run names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stigmer_api.client_env import PLACE, SCRIPT, is_for_models

LONGEST_CHARACTERS: Final = 3000  # metadata of a call have 8 KiB in all
MOST_BYTES: Final = 6000


def client_env(environ: Mapping[str, str]) -> bytes:
    """Which model answers, and where programs are, as metadata of the call that creates an execution."""
    values: dict[str, str] = {}
    # The more of them fit; and a key is worth more than a path.
    for name in sorted(environ, key=lambda name: (name in PLACE, len(environ[name]), name)):
        if is_for_models(name) or name in PLACE:
            value = environ[name] if name != SCRIPT else _absolute(environ[name])
            more = {**values, name: value}
            if value and len(value) <= LONGEST_CHARACTERS and len(_encoded(more)) <= MOST_BYTES:
                values = more
    return _encoded(values)


def _absolute(script: str) -> str:
    """The backend has another working directory."""
    try:
        return str(Path(script).expanduser().absolute()) if script else ""
    # `~nobody`, or relative to a directory that is gone: the agent says that it cannot be read.
    except (RuntimeError, OSError):
        return script


def _encoded(values: Mapping[str, str]) -> bytes:
    if not values:
        return b"{}"
    import json

    return json.dumps(values, separators=(",", ":")).encode()
