"""One agent execution: the model's turns and the calls of tools, until there is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic_ai import Agent, Tool
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    PartEndEvent,
    ToolCallPart,
)
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits

from stigmer_api.masking import masker_of
from stigmerd.agents.asked import RecordedModel
from stigmerd.agents.calls import pending, report_tool_event
from stigmerd.agents.history import continued, finished, told
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.mcp.told import Told
from stigmerd.agents.mcp.toolsets import offered
from stigmerd.agents.models import build as models
from stigmerd.agents.models.retries import tell_retries
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from stigmerd.agents.sub_agents import SubAgents
from stigmerd.agents.todos import todo_tool
from stigmerd.agents.turns import ModelTurn, text_in
from stigmerd.store.json import Json

TOOL_RETRIES = 3  # wrong arguments, an unknown name
CANCELLED = "cancelled"


async def converse(job: Mapping[str, Json], reporter: AgentReporter, pool: ServerPool) -> None:
    """Returns when the agent has answered; raises why it could not."""
    told = Told(reporter, masker_of(job["secrets"]))
    async with asyncio.timeout(job["limits"]["seconds"]), pool.lease(job["servers"], told) as servers:
        try:
            await Conversation(job, reporter, servers).run()
        except BaseException as error:
            cancelled = isinstance(error, asyncio.CancelledError)
            reporter.calls_break_off(
                CANCELLED if cancelled else "the execution failed while this call was running"
            )
            raise


@dataclass
class Conversation:
    """The turns of one execution, from its message to its answer."""

    job: Mapping[str, Json]
    reporter: AgentReporter
    servers: Sequence[PooledServer]
    usage: RunUsage = field(default_factory=RunUsage)
    index: int = 1  # of the next AI message; 0 is the user's

    async def run(self) -> None:
        prompt: str | None = self.job["message"]
        earlier = [message for turn in self.job["history"] for message in told(turn)]
        start = len(earlier)
        if resume := self.job["resume"]:
            said = ModelMessagesTypeAdapter.validate_python(resume["messages"])
            self.index = resume["index"]
            if finished(said):
                return
            earlier = [*earlier, *continued(said, resume["calls"])]
            prompt = None
        await self._turns(prompt, earlier, start)

    async def _turns(self, prompt: str | None, history: list[ModelMessage], start: int) -> None:
        limits = UsageLimits(
            request_limit=self.job["limits"]["steps"], total_tokens_limit=self.job["limits"]["tokens"]
        )
        model = self._model()
        masker = masker_of(self.job["secrets"])
        agent = self._agent(RecordedModel(model, self.reporter, masker, lambda: self.index), limits)
        async with agent.iter(prompt, message_history=history, usage=self.usage, usage_limits=limits) as run:
            async for node in run:
                if Agent.is_model_request_node(node):
                    message = GrowingMessage(self.reporter, self.index)
                    turn = ModelTurn(self.reporter, masker, model, self.index)
                    try:
                        async with node.stream(run.ctx) as stream:
                            async for event in stream:
                                turn.heard(event)
                                self._heard(event, message)
                    except BaseException:  # cancelled, too: its text grows no more
                        turn.over()
                        message.break_off()
                        raise
                elif Agent.is_call_tools_node(node):
                    message.finish(self._metadata(node.model_response))
                    turn.finished(node.model_response)
                    self.index += 1
                    said = ModelMessagesTypeAdapter.dump_python(run.all_messages()[start:], mode="json")
                    # Before a tool has its effect it must be on record that it was called.
                    await self.reporter.save({"messages": said, "index": self.index})
                    async with node.stream(run.ctx) as events:
                        async for tool_event in events:
                            report_tool_event(self.reporter, tool_event)

    def _model(self) -> Model:
        job = self.job
        model = models.build(job["model"], agent=job["agent"], variables=job["variables"])
        return tell_retries(model, self.reporter)

    def _agent(self, model: Model, limits: UsageLimits) -> Agent[None, str]:
        job = self.job
        enabled = {config["name"]: config["enabled_tools"] for config in job["servers"]}
        helpers = SubAgents(job, self.reporter, self.servers, limits, lambda: self.index - 1)
        tools: list[Tool[None]] = [helpers.tool(entry) for entry in job["sub_agents"]]
        if job["todos"]:
            tools.append(todo_tool(self.reporter))
        return Agent(
            model,
            instructions=job["instructions"],
            deps_type=type(None),
            name=job["agent"],
            model_settings=cast(ModelSettings, job["settings"]),
            tools=tools,
            toolsets=offered(self.servers, enabled),
            retries={"tools": TOOL_RETRIES},
        )

    def _heard(self, event: object, message: GrowingMessage) -> None:
        if text := text_in(event):
            message.grow(text)
        elif isinstance(event, PartEndEvent) and isinstance(event.part, ToolCallPart):
            call = event.part
            # A client reads a call beside the message that made it, so the message comes first.
            message.catch_up()
            self.reporter.call_begins(pending(call, call.tool_call_id, self.index))

    def _metadata(self, response: ModelResponse) -> dict[str, Json]:
        return {
            "model": response.model_name or "",
            "usage": {
                "input_tokens": response.usage.input_tokens,
                "output_tokens": response.usage.output_tokens,
                "requests": self.usage.requests,
                "total_tokens": self.usage.total_tokens,
            },
        }
