"""The process that touches files, as the agent's own sees it: started when needed, killed when too slow."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_ai.exceptions import ToolFailed

import stigmerd
from stigmerd.agents import frames
from stigmerd.children.guarded import Guarded
from stigmerd.store.json import Json

CALL_SECONDS: Final = 30
# As in process.py: neither the working directory nor PYTHONPATH can put another module in front of ours.
CHILD: Final = """
installed = [place.endswith(("site-packages", "dist-packages")) for place in sys.path] + [True]
sys.path.insert(installed.index(True), sys.argv[1])
from stigmerd.agents.builtins.files.serve import main
main(sys.argv[2])
"""


class FileHelper:
    """Of one execution; it does one call after the other."""

    def __init__(self, settings: Mapping[str, Json], *, seconds: float = CALL_SECONDS) -> None:
        """`settings`: `root`, `read_only`, `secrets`."""
        self._settings = settings
        self._seconds = seconds
        self._child: Guarded | None = None
        self._turn = asyncio.Lock()

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Json]:
        """What it answers: `text`, and `file` and `diff` of what was written. Raises ToolFailed."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    reply = await self._asked(tool, arguments)
            except TimeoutError:
                self._end()
                raise ToolFailed(f"{tool} took longer than {self._seconds:g} s: ask for less") from None
            except BaseException:  # cancelled, too: an answer that nobody reads would be taken for the next
                self._end()
                raise
        if reply is None:
            self._end()
            raise ToolFailed(f"{tool} ended without an answer: ask for less")
        if reply.get("refused"):
            raise ToolFailed(str(reply["text"]))
        return reply

    async def aclose(self) -> None:
        child = self._child
        self._end()
        if child is not None:
            await child.wait()

    async def _asked(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Json] | None:
        child = self._child or await self._start()
        assert child.process.stdin is not None, "it was started with pipes"
        assert child.process.stdout is not None, "it was started with pipes"
        try:
            child.process.stdin.write(frames.encode({"tool": tool, "arguments": dict(arguments)}))
            await child.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return None
        return await frames.read(child.process.stdout)

    async def _start(self) -> Guarded:
        pipe = asyncio.subprocess.PIPE
        self._child = await Guarded.start(
            (sys.executable, "-I"),
            CHILD,
            (str(Path(stigmerd.__file__).parent.parent), json.dumps(self._settings)),
            cwd="/",
            env={name: value for name, value in os.environ.items() if name in ("LANG", "LC_ALL", "LC_CTYPE")},
            streams=(pipe, pipe, asyncio.subprocess.DEVNULL),
            lock=None,
        )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()
