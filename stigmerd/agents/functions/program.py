"""The functions of one execution: offered to models, called in a process that is warm by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from pydantic_ai import RunContext, Tool
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_core import SchemaValidator, core_schema

from stigmer_api.agent_options import FUNCTIONS
from stigmer_api.masking import masker_of
from stigmerd.agents.asking.approval import REQUIRED
from stigmerd.agents.functions.process import FunctionProcess, ProcessEndedError, place_of
from stigmerd.agents.functions.telling import Telling
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.children.programs import ProjectProgram
from stigmerd.store.json import Json

SECONDS = 60  # that a call may take
MOST_STARTS = 4  # at once: with more, each of them takes longer, and nobody is served earlier
# What is in it, the process that has the types finds out.
AN_OBJECT = SchemaValidator(core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()))


class CalledFunctions:
    """Those of an agent and its helpers; a process of theirs serves one execution, and no other."""

    def __init__(self, job: Mapping[str, Json], reporter: AgentReporter, starts: asyncio.Semaphore) -> None:
        """`starts`: so many programs may be starting at once, of all executions."""
        self._facts = job.get("functions")
        self._variables = job["variables"]
        self._reporter, self._starts = reporter, starts
        self._telling = Telling(reporter, masker_of(job["secrets"]))
        self._starting: asyncio.Task[FunctionProcess] | None = None
        self._retired: list[asyncio.Task[None]] = []

    def tools(self, entry: Mapping[str, Json], *, sub_agent: str = "", call: str = "") -> list[Tool[None]]:
        """What the agent, or a helper that was asked by `call`, offers to its model."""
        return [self._tool(each, sub_agent, call) for each in entry["options"].get(FUNCTIONS, ())]

    def warm(self) -> None:
        """Its program runs while the model still thinks."""
        if self._facts is not None:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def close(self) -> None:
        """All is well, and nobody waits for it."""
        if (process := await self._last()) is not None:
            await process.close()
        await asyncio.gather(*self._retired, return_exceptions=True)

    async def kill(self) -> None:
        """At once: nothing of it goes on on return."""
        for task in self._retired:
            task.cancel()
        if (process := await self._last()) is not None:
            await process.kill()
        await asyncio.gather(*self._retired, return_exceptions=True)

    async def _last(self) -> FunctionProcess | None:
        starting, self._starting = self._starting, None
        if starting is None:
            return None
        starting.cancel()  # if it is not up yet
        with suppress(asyncio.CancelledError, AgentProblem):
            return await starting
        return None

    def _tool(self, entry: Mapping[str, Json], sub_agent: str, call: str) -> Tool[None]:
        async def run(ctx: RunContext[None], /, **arguments: Json) -> Json:
            return await self._call(entry, sub_agent, call, ctx, arguments)

        tool: Tool[None] = Tool.from_schema(
            run, entry["name"], entry.get("description") or None, entry["schema"], takes_ctx=True
        )
        tool.function_schema.validator = AN_OBJECT
        tool.max_retries = entry.get("retries")
        tool.metadata = {REQUIRED: bool(entry.get("requires_approval"))}
        return tool

    async def _call(
        self,
        entry: Mapping[str, Json],
        sub_agent: str,
        call: str,
        ctx: RunContext[None],
        arguments: Mapping[str, Json],
    ) -> Json:
        name, seconds = entry["name"], entry.get("timeout") or SECONDS
        assert self._facts is not None
        call_id = f"{call}/{ctx.tool_call_id}" if call else ctx.tool_call_id or ""
        context = {
            "execution_id": self._facts["execution_id"],
            "agent": self._facts["agent"],
            "sub_agent": sub_agent,
            "tool": name,
            "call_id": call_id,
            "attempt": ctx.retry + 1,
            "workspace": self._facts["directory"],
        }
        message = {"agent": self._facts["agent"], "sub_agent": sub_agent, "tool": name}
        process = await self._process()
        with self._telling.call(name, call_id) as number:
            try:
                async with asyncio.timeout(seconds):
                    answer = await process.call(
                        {"id": number, **message, "arguments": dict(arguments), "context": context}
                    )
            except TimeoutError:
                await self._retire(process)
                raise ToolFailed(f"{name} took longer than {seconds:g} s and was ended") from None
            except asyncio.CancelledError:
                await self._retire(process)
                raise
            except ProcessEndedError as error:
                raise ToolFailed(f"the process of {name} {error}") from None
            if "retry" in answer and ctx.last_attempt:
                self._reporter.call_ends(call_id, error=answer["retry"])
                raise _given_up(name, ctx.retry + 1, answer["retry"])
            return self._result(number, answer)

    def _result(self, number: str, answer: Mapping[str, Json]) -> Json:
        if "retry" in answer:
            raise ModelRetry(answer["retry"])
        if "error" in answer:
            facts = answer["error"]
            self._telling.print(number, "stderr", facts["traceback"])
            raise ToolFailed(f"{facts['type']}: {facts['message']} ({place_of(facts)})")
        return answer["result"]

    async def _process(self) -> FunctionProcess:
        """The one that is up, or another in its place. Raises AgentProblem."""
        if self._starting is None or (self._starting.done() and not _usable(self._starting)):
            self.warm()
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    async def _start(self) -> FunctionProcess:
        assert self._facts is not None
        fields = ("python", "main", "directory", "environ")
        program = ProjectProgram(**{each: self._facts[each] for each in fields})
        async with self._starts:
            process = await FunctionProcess.start(
                program, self._variables, self._telling.of_others(), self._telling.print
            )
            try:
                await process.ready()
            except BaseException:
                await process.kill()
                raise
        return process

    async def _retire(self, process: FunctionProcess) -> None:
        """It gets no further calls, and ends with the last of those that are being made."""
        if self._starting is not None and _usable(self._starting) and self._starting.result() is process:
            self.warm()  # for the next one
        if process.idle.is_set():
            await process.kill()
        else:
            self._retired.append(asyncio.create_task(_end_when_idle(process)))


async def _end_when_idle(process: FunctionProcess) -> None:
    try:
        await process.idle.wait()
    finally:
        await process.kill()


def _given_up(name: str, calls: int, reason: str) -> AgentProblem:
    """The model had its chances."""
    times = "once" if calls == 1 else f"{calls} times"
    return AgentProblem(
        f"the model called {name} {times}, and not in a way that works: {reason} "
        "(more tries: @tool(retries=…))",
        code="E1273",
    )


def _usable(starting: asyncio.Task[FunctionProcess]) -> bool:
    if not starting.done() or starting.cancelled() or starting.exception() is not None:
        return False
    return starting.result().alive


class Programs:
    """Of all executions in this process."""

    def __init__(self) -> None:
        self._closing: set[asyncio.Task[None]] = set()
        self._starts = asyncio.Semaphore(MOST_STARTS)

    @asynccontextmanager
    async def lease(self, job: Mapping[str, Json], reporter: AgentReporter) -> AsyncIterator[CalledFunctions]:
        functions = CalledFunctions(job, reporter, self._starts)
        functions.warm()
        try:
            yield functions
        except BaseException:
            await functions.kill()
            raise
        closing = asyncio.create_task(functions.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        await asyncio.gather(*self._closing, return_exceptions=True)
