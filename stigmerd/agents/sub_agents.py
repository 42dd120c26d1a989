"""Helpers of an agent: each is a tool that takes a message and gives the helper's answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from pydantic_ai import Agent, RunContext, Tool
from pydantic_ai.exceptions import ModelAPIError, ToolFailed, UnexpectedModelBehavior
from pydantic_ai.messages import PartEndEvent, ToolCallPart
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from stigmer_api.masking import masker_of
from stigmerd.agents.asked import RecordedModel
from stigmerd.agents.calls import pending, report_tool_event
from stigmerd.agents.failures import explain
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.mcp.toolsets import offered
from stigmerd.agents.models import build as models
from stigmerd.agents.models.retries import tell_retries
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from stigmerd.agents.scripted.model import ScriptedFailure
from stigmerd.agents.turns import ModelTurn, text_in
from stigmerd.executions.records import MessageSet, SubAgentSet
from stigmerd.store.clock import now
from stigmerd.store.json import Json

# A helper that fails so is a failed call, and the agent may go on; limits and cancelling end the whole.
FAILURES = (AgentProblem, ScriptedFailure, ModelAPIError, UnexpectedModelBehavior)


@dataclass(frozen=True)
class SubAgents:
    """The helpers of one execution; they share its servers and limits."""

    job: Mapping[str, Json]
    reporter: AgentReporter
    servers: Sequence[PooledServer]
    limits: UsageLimits
    message: Callable[[], int]  # the index of the AI message whose calls are being made

    def tool(self, entry: Mapping[str, Json]) -> Tool[None]:
        async def ask(ctx: RunContext[None], message: str) -> str:
            return await self._work(entry, ctx, message)

        name = str(entry["name"])
        description = entry["description"] or f"Gives a task to the helper {name} and returns its answer."
        return Tool(ask, name=tool_name(name), description=description, takes_ctx=True)

    async def _work(self, entry: Mapping[str, Json], ctx: RunContext[None], message: str) -> str:
        begun = SubAgentSet(
            id=ctx.tool_call_id or "",
            name=entry["name"],
            input=message,
            output="",
            status="IN_PROGRESS",
            error="",
            started_at=now(),
            completed_at="",
            metadata={"tool_call_id": ctx.tool_call_id},
        )
        self.reporter.emit(begun)
        try:
            model = self._model(entry)
            masker = masker_of(self.job["secrets"])
            recorded = RecordedModel(model, self.reporter, masker, self.message, call=begun.id)
            output = await self._turns(self._agent(entry, recorded), model, message, ctx, call=begun.id)
        except FAILURES as error:
            text = await explain(error, self.job)
            self._over(begun, status="FAILED", error=text)
            raise ToolFailed(f"{entry['name']} failed: {text}") from error
        except BaseException as error:
            self._over(begun, status="FAILED", error=str(error) or "cancelled")
            raise
        self._over(begun, status="COMPLETED", output=output)
        return output

    def _over(self, begun: SubAgentSet, *, status: str, output: str = "", error: str = "") -> None:
        self.reporter.emit(replace(begun, status=status, output=output, error=error, completed_at=now()))

    def _model(self, entry: Mapping[str, Json]) -> Model:
        job = self.job
        model = models.build(job["model"], agent=entry["name"], variables=job["variables"], sub_agent=True)
        return tell_retries(model, self.reporter)

    def _agent(self, entry: Mapping[str, Json], model: Model) -> Agent[None, str]:
        mine = {*entry["servers"], *entry["selections"]}
        enabled = {config["name"]: config["enabled_tools"] for config in self.job["servers"]}
        enabled |= {name: tools for name, tools in entry["selections"].items() if tools}
        return Agent(
            model,
            instructions=entry["instructions"],
            deps_type=type(None),
            name=entry["name"],
            model_settings=cast(ModelSettings, self.job["settings"]),
            toolsets=offered([server for server in self.servers if server.name in mine], enabled),
        )

    async def _turns(
        self, agent: Agent[None, str], model: Model, message: str, ctx: RunContext[None], *, call: str
    ) -> str:
        """Its own calls appear among the execution's, under ids that begin with the id of the call to it."""
        masker, prefix = masker_of(self.job["secrets"]), f"{call}/"
        self._asked(message, call)
        index = 1
        async with agent.iter(message, usage=ctx.usage, usage_limits=self.limits) as run:
            async for node in run:
                if Agent.is_model_request_node(node):
                    turn = ModelTurn(self.reporter, masker, model, index, call=call)
                    said = GrowingMessage(self.reporter, index, sub_agent=call)
                    try:
                        async with node.stream(run.ctx) as stream:
                            async for event in stream:
                                turn.heard(event)
                                self._heard(event, said, prefix)
                    except BaseException:
                        turn.over()
                        said.break_off()
                        raise
                elif Agent.is_call_tools_node(node):
                    calls = [prefix + each.tool_call_id for each in node.model_response.tool_calls]
                    said.finish({"calls": calls})
                    turn.finished(node.model_response)
                    index += 1
                    async with node.stream(run.ctx) as events:
                        async for tool_event in events:
                            report_tool_event(self.reporter, tool_event, prefix)
        return run.result.output if run.result is not None else ""

    def _asked(self, message: str, call: str) -> None:
        self.reporter.emit(
            MessageSet(
                index=0, role="HUMAN", content=message, complete=True, at=now(), metadata={}, sub_agent=call
            )
        )

    def _heard(self, event: object, said: GrowingMessage, prefix: str) -> None:
        if text := text_in(event):
            said.grow(text)
        elif isinstance(event, PartEndEvent) and isinstance(event.part, ToolCallPart):
            call = event.part
            said.catch_up()
            self.reporter.call_begins(pending(call, prefix + call.tool_call_id, self.message()))


def tool_name(name: str) -> str:
    """Providers take letters, digits, `_` and `-`, at most 64."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64]
