"""One process with a project's program in it: asked to call functions, listened to, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

from stigmer_api.signals import signal_name
from stigmerd.agents.problems import AgentProblem
from stigmerd.children.guarded import Guarded
from stigmerd.children.printing import Printing
from stigmerd.children.programs import ProjectProgram
from stigmerd.process.long_json import loads
from stigmerd.process.offload import aside
from stigmerd.store.json import Json

HOST = "from stigmer._program.tool_host import main; main()"
START_SECONDS = 60
CLOSE_SECONDS = 1
LONGEST_LINE_BYTES = 16 << 20
SHOWN_CHARACTERS = 300


class ProcessEndedError(Exception):
    """It is gone, with all calls that were being made."""


class Heard(Protocol):
    """What becomes of that which is printed."""

    def __call__(self, call: str, stream: str, text: str) -> None: ...


class FunctionProcess:
    """It is up, and its program may still be running to its end. `ready` waits for that."""

    def __init__(self, child: Guarded, printing: Printing, stack: AsyncExitStack, heard: Heard) -> None:
        self._child, self._printing, self._stack, self._heard = child, printing, stack, heard
        self._answers: dict[str, asyncio.Future[Mapping[str, Json]]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready.add_done_callback(_retrieved)
        self._ended = ""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(printing.read())]
        self.idle = asyncio.Event()
        self.idle.set()

    @classmethod
    async def start(
        cls, program: ProjectProgram, variables: Mapping[str, str], printing: Printing, heard: Heard
    ) -> FunctionProcess:
        """Raises AgentProblem."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(printing.opened())
            try:
                child = await program.start(
                    HOST,
                    (",".join(map(str, printing.descriptors)),),
                    variables=variables,
                    streams=(asyncio.subprocess.PIPE, asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL),
                    lock=None,
                    pass_fds=printing.descriptors,
                )
            except (OSError, ValueError) as error:  # ValueError: what no process can be given
                raise _cannot_start(program, error) from None
            printing.started()
            return cls(child, printing, stack.pop_all(), heard)
        raise AssertionError("a stack swallows nothing")

    @property
    def alive(self) -> bool:
        return not self._ended

    async def ready(self) -> None:
        """Raises AgentProblem when the program cannot be run."""
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), START_SECONDS)
        except TimeoutError:
            raise AgentProblem(
                f"the program of the functions did not finish within {START_SECONDS} s: "
                "it should only declare agents and workflows",
                code="E1272",
            ) from None

    async def call(self, message: Mapping[str, Json]) -> Mapping[str, Json]:
        """`message` has the call's `id`. Raises ProcessEndedError."""
        if self._ended:
            raise ProcessEndedError(self._ended)
        future = self._answers[message["id"]] = asyncio.get_running_loop().create_future()
        self.idle.clear()
        stdin = self._child.process.stdin
        assert stdin is not None
        try:
            with contextlib.suppress(ConnectionError):  # its end is heard as well
                stdin.write(json.dumps(message).encode() + b"\n")
                await stdin.drain()
            answer: Mapping[str, Json] = await future
            await self._printing.caught_up()
            return answer
        finally:
            self._answers.pop(message["id"], None)
            if not self._answers:
                self.idle.set()

    async def close(self) -> None:
        """It may end by itself, which its program may have something to do for; then it is ended."""
        stdin = self._child.process.stdin
        assert stdin is not None
        stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._child.wait(), CLOSE_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """It, and all that it started, at once."""
        self._child.end()
        await self._child.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._over("it was ended")
        await self._stack.aclose()

    async def _read(self) -> None:
        stdout = self._child.process.stdout
        assert stdout is not None
        buffer = bytearray()
        while piece := await stdout.read(1 << 18):
            *lines, rest = (bytes(buffer) + piece).split(b"\n")
            buffer = bytearray(rest)
            for line in lines:
                self._take(await aside(len(line), loads, line))
            if len(buffer) > LONGEST_LINE_BYTES:
                break
        status = await self._child.wait()
        how = f"was killed by {signal_name(-status)}" if status < 0 else f"ended with status {status}"
        last = self._printing.tail.text().splitlines()
        self._over(how + (f": {last[-1][:SHOWN_CHARACTERS]}" if last else ""))

    def _take(self, message: Mapping[str, Json]) -> None:
        if "ready" in message:
            self._printing.tail.clear()  # what the program printed by itself
            self._settle(None)
        elif "failed" in message:
            self._settle(_cannot_run(message["failed"]))
        elif "stream" in message:
            self._heard(message["id"], message["stream"], message["text"])
        elif (future := self._answers.get(message["id"])) is not None and not future.done():
            future.set_result(message)

    def _settle(self, problem: AgentProblem | None) -> None:
        if self._ready.done():
            return
        if problem is None:
            self._ready.set_result(None)
        else:
            self._ready.set_exception(problem)

    def _over(self, how: str) -> None:
        if self._ended:
            return
        self._ended = how
        text = f"the program of the functions {how} before they could be called"
        self._settle(AgentProblem(text, code="E1272"))
        for future in self._answers.values():
            if not future.done():
                future.set_exception(ProcessEndedError(how))


def _retrieved(future: asyncio.Future[None]) -> None:
    """Nobody may be waiting for it."""
    if not future.cancelled():
        future.exception()


def _cannot_start(program: ProjectProgram, error: OSError | ValueError) -> AgentProblem:
    if isinstance(error, OSError) and not Path(program.directory).is_dir():
        reason = f"its project's directory {program.directory} is gone: deploy it from where it is now"
    elif isinstance(error, OSError):
        reason = f"{program.python} cannot be started: {error.strerror}"
    else:
        reason = f"a variable cannot be given to a process: {error}"
    return AgentProblem(f"the agent's functions cannot be called: {reason}", code="E1272")


def _cannot_run(facts: Mapping[str, Json]) -> AgentProblem:
    """What its program raised when it was run for them."""
    return AgentProblem(
        f"the agent's functions cannot be called: "
        f"{place_of(facts)} raised {facts['type']}: {facts['message']}",
        code="E1272",
    )


def place_of(facts: Mapping[str, Json]) -> str:
    """`main.py:12`."""
    name = Path(str(facts["file"])).name
    return f"{name}:{facts['line']}" if facts.get("line") else name
