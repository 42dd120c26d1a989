"""One agent execution: the model's turns and the calls of tools, until there is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_ai import Agent, Tool
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
)
from pydantic_ai.models import Model
from pydantic_ai.usage import RunUsage, UsageLimits

from stigmer_api.masking import masker_of
from stigmerd.agents.asked import RecordedModel
from stigmerd.agents.building import built
from stigmerd.agents.dialogue import Dialogue
from stigmerd.agents.history import continued, finished, told
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.mcp.told import Told
from stigmerd.agents.mcp.toolsets import offered
from stigmerd.agents.models import build as models
from stigmerd.agents.models.retries import tell_retries
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.sub_agents import SubAgents
from stigmerd.agents.todos import todo_tool
from stigmerd.store.json import Json

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
        dialogue = Dialogue(
            reporter=self.reporter,
            masker=masker,
            model=model,
            usage=self.usage,
            limits=limits,
            index=self.index,
        )
        recorded = RecordedModel(model, self.reporter, masker, lambda: dialogue.index)

        async def save(messages: Json, index: int) -> None:
            await self.reporter.save({"messages": messages[start:], "index": index})

        agent = self._agent(recorded, limits, lambda: dialogue.index - 1)
        await dialogue.run(agent, prompt, history, save)

    def _model(self) -> Model:
        job = self.job
        model = models.build(job["model"], agent=job["name"], variables=job["variables"])
        return tell_retries(model, self.reporter)

    def _agent(self, model: Model, limits: UsageLimits, message: Callable[[], int]) -> Agent[None, str]:
        job = self.job
        enabled = {config["name"]: config["enabled_tools"] for config in job["servers"]}
        helpers = SubAgents(job, self.reporter, self.servers, limits, message)
        tools: list[Tool[None]] = [helpers.tool(entry) for entry in job["sub_agents"]]
        if job["todos"]:
            tools.append(todo_tool(self.reporter))
        return built(
            job, model, settings=job["settings"], tools=tools, toolsets=offered(self.servers, enabled)
        )
