"""MCP servers in containers: is there a client, does it answer, and is the image here?"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from devloop.cli.doctor.finding import Finding, bad, doubtful, good

CLIENTS = ("docker", "podman")
ANSWER_SECONDS = 10
SHOWN = 160  # characters


def no_client(area: str, name: str) -> Finding | None:
    """A problem, if no program that starts containers is installed."""
    if any(map(shutil.which, CLIENTS)):
        return None
    return bad(area, f"{name}: it runs in a container, and there is no docker", "install docker or podman")


def container(area: str, name: str, config: Mapping[str, Any]) -> Finding:
    """The client is asked; the container is not started."""
    client, image = str(config["command"]), str(config["image"])
    if problem := _asked([client, "version"]):
        return bad(area, f"{name}: {client} does not answer: {problem}", f"start it, then: {client} version")
    if _asked([client, "image", "inspect", image]):
        return doubtful(area, f"{name}: the image {image} is not here yet", f"{client} pull {image}")
    return good(area, f"{name}: the image {image} is here")


def _asked(command: Sequence[str]) -> str:
    """Why it fails; empty if it does not."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {ANSWER_SECONDS} s"
    except (OSError, ValueError) as error:
        return str(error)
    lines = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else (lines[-1] if lines else "it failed")[:SHOWN]
