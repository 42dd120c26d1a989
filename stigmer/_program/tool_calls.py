"""Calls of a project's functions: found, given what they take, awaited, answered."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from stigmer._program.tool_printing import CALL, CallAnswers
from stigmer.agents import Agent
from stigmer.errors import StigmerError, did_you_mean, listed
from stigmer.schemas import models, parameters  # noqa: F401 -- before the program's modules hide others
from stigmer.schemas.plain import plain
from stigmer.tools import ModelRetry, Tool, ToolContext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stigmer.project import Declarations

MOST_BYTES = 4 << 20  # of a result
COROUTINE = 0x80  # a flag of a code object


class Calls:
    """Those of one program."""

    def __init__(
        self,
        declared: Declarations,
        answers: CallAnswers,
        facts: Callable[[BaseException], dict[str, Any]],
    ) -> None:
        self._agents = declared.of(Agent)
        self._answers = answers
        self._facts = facts
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def read() -> None:
            with os.fdopen(descriptor, encoding="utf-8") as lines:
                for line in lines:
                    loop.call_soon_threadsafe(self._begin, json.loads(line))
            loop.call_soon_threadsafe(over.set_result, None)

        Thread(target=read, daemon=True).start()
        self._answers.send({"ready": True})
        await over

    def _begin(self, message: Mapping[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._call(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, message: Mapping[str, Any]) -> None:
        call = message["id"]
        CALL.set(call)
        try:
            answer = await self._answered(message)
        # Whatever a program raises: to leave, or an error that is none of Exception.
        except BaseException as error:
            answer = {"error": self._facts(error)}
        self._answers.send({"id": call, **answer})

    async def _answered(self, message: Mapping[str, Any]) -> dict[str, Any]:
        tool = self._tool(message["agent"], message["sub_agent"], message["tool"])
        context = _context(message["context"])
        takes = tool.parameters()
        try:
            positional, named = takes.taken(message["arguments"], context)
        except ValueError as error:
            return {"retry": str(error)}
        try:
            result = await _result(tool.function, positional, named)
        except ModelRetry as error:
            return {"retry": str(error)}
        return {"result": _json(tool.name, result)}

    def _tool(self, agent: str, sub_agent: str, name: str) -> Tool:
        declared = self._agents.get(agent)
        holder = declared
        if declared is not None and sub_agent:
            holder = next((each for each in declared.sub_agents if each.name == sub_agent), None)  # type: ignore[assignment]
        if holder is None:
            raise StigmerError(f'the program does not declare "{sub_agent or agent}" any more')
        tools = {each.name: each for each in holder.functions}
        if name not in tools:
            hint = did_you_mean(name, tools) or f"; it has {listed(tools)}"
            raise StigmerError(f'"{sub_agent or agent}" has no tool "{name}" any more{hint}')
        return tools[name]


def _context(given: Mapping[str, Any]) -> ToolContext:
    return ToolContext(**{**given, "workspace": Path(given["workspace"])})


async def _result(function: Callable[..., Any], positional: list[Any], named: dict[str, Any]) -> Any:
    call = partial(function, *positional, **named)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    result = call() if code is not None and code.co_flags & COROUTINE else await _in_a_thread(call)
    return await result if hasattr(result, "__await__") else result


async def _in_a_thread(call: Callable[[], Any]) -> Any:
    """One of its own, which does not keep the process from its end."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    done: asyncio.Future[Any] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(_settle, done, context.run(call), None)
        except BaseException as error:
            settle = partial(_settle, done, None, error)
        loop.call_soon_threadsafe(settle)

    Thread(target=run, daemon=True).start()
    return await done


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if isinstance(error, StopIteration):  # which no future takes
        error = RuntimeError(f"StopIteration: {error}")
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


def _json(name: str, result: Any) -> Any:
    if hasattr(result, "__next__") or hasattr(result, "__anext__"):
        raise TypeError(f"{name} returned a generator: return a list of what it yields")
    try:
        found = plain(result)
        size = len(json.dumps(found, allow_nan=False))
    except ValueError as error:
        raise TypeError(f"the result of {name} cannot be given to a model: {error}") from None
    if size > MOST_BYTES:
        raise ValueError(f"{name} returned {size:,} bytes; a model is given at most {MOST_BYTES >> 20} MiB")
    return found
