"""One command of a shell, from its start to its end. Nothing that it started is left then."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import stigmerd
from stigmerd.agents.builtins.shell.output import CommandOutput
from stigmerd.agents.builtins.shell.places import readable, shell
from stigmerd.children.guarded import Guarded

MOST_BYTES: Final = 30_000  # of the output
CHILD: Final = """
installed = [place.endswith(("site-packages", "dist-packages")) for place in sys.path] + [True]
sys.path.insert(installed.index(True), sys.argv[1])
from stigmerd.agents.builtins.shell.child import main
main(sys.argv[2])
"""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where commands run, and with what."""

    directory: Path
    scratch: Path  # for temporary files
    environ: Mapping[str, str]
    seconds: float
    read: tuple[str, ...] = ()
    network: bool = True


@dataclass(frozen=True, kw_only=True)
class CommandEnded:
    """`status` is None for a command whose time was up."""

    output: str
    status: int | None


async def run(command: str, around: Surroundings) -> CommandEnded:
    """Raises OSError."""
    around.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = {
        "shell": shell(),
        "command": command,
        "write": [str(around.directory), str(around.scratch)],
        "read": [str(each) for each in readable(around.environ, around.read)],
        "network": around.network,
    }
    nothing, pipe, same = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    child = await Guarded.start(
        (sys.executable, "-I"),
        CHILD,
        (str(Path(stigmerd.__file__).parent.parent), json.dumps(settings)),
        cwd=around.directory,
        env={**around.environ, "TMPDIR": str(around.scratch)},
        streams=(nothing, pipe, same),
        lock=None,
    )
    assert child.process.stdout is not None, "it was started with a pipe"
    output = CommandOutput(MOST_BYTES)
    status: int | None = None
    try:
        async with asyncio.timeout(around.seconds):
            await output.read(child.process.stdout)
            status = await child.wait()
    except TimeoutError:
        pass
    finally:
        child.end()
        await asyncio.shield(child.wait())
    return CommandEnded(output=output.text, status=status)
