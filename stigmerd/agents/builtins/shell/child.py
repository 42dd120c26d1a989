"""Becomes the shell, with less than we may."""

from __future__ import annotations

import json
import os
from pathlib import Path

from stigmerd.agents.builtins.confining import confine


def main(settings: str) -> None:
    """`settings`: JSON with `shell`, `command`, `write`, `read` and `network`. Does not return."""
    import resource

    said = json.loads(settings)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine(
        write=[Path(each) for each in said["write"]],
        read=[Path(each) for each in said["read"]],
        network=said["network"],
    )
    os.execv(said["shell"], [said["shell"], "-c", said["command"]])
