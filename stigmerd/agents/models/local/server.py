"""The process with the model: started when it is asked first, ended with its connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

from stigmerd.agents.problems import AgentProblem

START_SECONDS: Final = 120  # a large file from a slow disk
STOP_SECONDS: Final = 3
PROGRAM: Final = Path(__file__).with_name("child.py")
TAIL_LINES: Final = 3


class LocalModelFailed(AgentProblem):
    """The model could not be loaded, or its process ended."""

    code = "E1349"


class LocalServer:
    """One file, loaded once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.key = token_urlsafe(24)
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._address = ""
        self._log: asyncio.Task[None] | None = None
        self._said: list[str] = []

    async def address(self) -> tuple[str, int]:
        """Host and port of one that is up. Raises LocalModelFailed."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                try:
                    await self._start()
                except BaseException:  # cancelled, too: half a server is of no use
                    await self.stop()
                    raise
        parts = urlsplit(self._address)
        return str(parts.hostname), int(parts.port or 0)

    async def stop(self) -> None:
        """Also one that is loading."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._log is not None:
            self._log.cancel()
            self._log = None

    async def _start(self) -> None:
        await self.stop()
        self._said.clear()
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(PROGRAM),
            str(self.file),
            stdin=asyncio.subprocess.PIPE,  # its end tells the child that we are gone
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", "")},
        )
        assert process.stdin is not None, "it is piped"
        process.stdin.write(f"{self.key}\n".encode())  # neither arguments nor variables: others can read them
        self._log = asyncio.create_task(self._listen(process))
        assert process.stdout is not None, "it is piped"
        line = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                line = await process.stdout.readline()
        self._address = line.decode().strip()
        if not self._address.startswith("http://127.0.0.1:"):
            await asyncio.wait({self._log}, timeout=STOP_SECONDS)
            said = "\n".join(self._said[-TAIL_LINES:])
            raise LocalModelFailed(f"the model {self.file} could not be loaded: {said or 'no answer'}")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Its log, so that the pipe never fills up; the end is kept for an error."""
        assert process.stderr is not None, "it is piped"
        while line := await process.stderr.readline():
            self._said = [*self._said[-TAIL_LINES:], line.decode("utf-8", "replace").strip()]
