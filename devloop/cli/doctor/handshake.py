"""Does an MCP server start, and answer the first request of the protocol?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from devloop.cli.doctor.deadline import within
from runcmd.frozen import Frozen
from stigmer_api.version import VERSION

ANSWER_SECONDS = 20.0  # some fetch themselves from a registry when they start
END_SECONDS = 2.0
MOST_LINES = 50  # before the answer
SHOWN = 200  # characters
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": {"name": "stigmer doctor", "version": VERSION},
    },
}


class Greeting(Frozen):
    """How it went."""

    server: str = ""  # its name and version, as it says
    problem: str = ""  # why there is none


def greet(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], *, seconds: float = ANSWER_SECONDS
) -> Greeting:
    """Starts it, asks, and ends it with all that it started."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        return Greeting(problem=f"cannot be started: {error.strerror}")
    try:
        found = within(seconds, lambda: _asked(process))
        return found or Greeting(problem=f"started, and did not answer within {seconds:g} s")
    finally:
        _end(process)


def _asked(process: subprocess.Popen[bytes]) -> Greeting:
    """Until it answers, or has ended."""
    assert process.stdin
    assert process.stdout
    assert process.stderr
    with process.stdin, process.stdout, process.stderr:
        with suppress(OSError):  # it has ended already: there is no answer
            process.stdin.write(json.dumps(HELLO).encode() + b"\n")
            process.stdin.flush()
        for _, line in zip(range(MOST_LINES), process.stdout, strict=False):
            if (answer := _answer(line)) is not None:
                return answer
        last = process.stderr.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
    words = f": {last[-1][:SHOWN]}" if last else ""
    return Greeting(problem=f"ended without an answer{words}")


def _answer(line: bytes) -> Greeting | None:
    """None: it is none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("id") != HELLO["id"]:
        return None
    if not isinstance(result := said.get("result"), dict):
        return Greeting(problem=f"refuses to begin: {json.dumps(said.get('error'))[:SHOWN]}")
    info = result.get("serverInfo")
    info = info if isinstance(info, dict) else {}
    return Greeting(server=f"{info.get('name', 'a server')} {info.get('version', '')}".strip()[:SHOWN])


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
