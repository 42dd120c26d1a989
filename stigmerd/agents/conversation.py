"""One agent execution: the model's turns and the calls of tools, until there is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_ai import Agent, Tool
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
)
from pydantic_ai.models import Model
from pydantic_ai.tools import DeferredToolResults

from stigmer_api.masking import masker_of
from stigmerd.agents.answers.settle import Judge, warns
from stigmerd.agents.asking.approval import approvals_of
from stigmerd.agents.asking.resumed import not_made_yet
from stigmerd.agents.attached.prompt import Prompt, with_files, without_files
from stigmerd.agents.building import built
from stigmerd.agents.builtins.offered import BuiltIns
from stigmerd.agents.compaction.kept import to_keep
from stigmerd.agents.compaction.model import compacting
from stigmerd.agents.dialogue import Dialogue
from stigmerd.agents.functions.program import CalledFunctions, Programs
from stigmerd.agents.history import continued, finished, told
from stigmerd.agents.limits.meter import LimitReached, Meter, Used
from stigmerd.agents.mcp.inbound.sampling import Sampler, sampled_by
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.mcp.prompts import asked
from stigmerd.agents.mcp.told import Told
from stigmerd.agents.mcp.toolsets import offered, server_options
from stigmerd.agents.models.asked_in_turn import ModelMaker
from stigmerd.agents.models.choices_of_job import all_choices
from stigmerd.agents.models.clients.shared import SharedClients
from stigmerd.agents.outputs.declared import load_checker, needs_checker, output_of
from stigmerd.agents.outputs.form import AnswerForm
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.side_request import SideRequests
from stigmerd.agents.skills.tool import skill_tools
from stigmerd.agents.sub_agents import SubAgents
from stigmerd.agents.todos import todo_tool
from stigmerd.store.json import Json

CANCELLED = "cancelled"


async def converse(
    job: Mapping[str, Json],
    reporter: AgentReporter,
    pool: ServerPool,
    programs: Programs,
    clients: SharedClients,
) -> None:
    """Returns when the agent has answered; raises why it could not."""
    if needs_checker(job):
        await asyncio.to_thread(load_checker)
    pool.allow(job["processes"])
    told = Told(reporter, masker_of(job["secrets"]))
    meter = Meter(
        whose=f"agent {job['name']}", limits=job["limits"], used=Used(**job["used"]), warn=reporter.warn
    )
    async with (
        meter.timed(),
        clients.lease(all_choices(job)),
        programs.lease(job, reporter) as functions,
        BuiltIns(reporter) as built_ins,
        pool.lease(job["servers"], told, job["name"]) as servers,
    ):
        reporter.asker.pausing = meter.paused
        try:
            await Conversation(job, reporter, servers, functions, built_ins, clients, meter).run()
        except BaseException as error:
            reporter.calls_break_off(_why(error))
            raise


def _why(error: BaseException) -> str:
    """A call did not end."""
    if isinstance(error, asyncio.CancelledError):
        return CANCELLED
    if isinstance(error, LimitReached):
        return "the agent was stopped at a limit before this call was over"
    return "the execution failed while this call was running"


@dataclass
class Conversation:
    """The turns of one execution, from its message to its answer."""

    job: Mapping[str, Json]
    reporter: AgentReporter
    servers: Sequence[Lent]
    functions: CalledFunctions
    built_ins: BuiltIns
    clients: SharedClients
    meter: Meter
    index: int = 1  # of the next AI message; 0 is the user's
    lengths: Sequence[int] = ()  # of the turns before it, in messages

    async def run(self) -> None:
        files = self.job["attachments"]
        turns = [told(turn) for turn in self.job["history"]]
        self.lengths = [len(turn) for turn in turns]
        earlier = [message for turn in turns for message in turn]
        start = len(earlier)
        results: DeferredToolResults | None = None
        prompt: Prompt | None = None
        if resume := self.job["resume"]:
            said = ModelMessagesTypeAdapter.validate_python(with_files(resume["messages"], files))
            self.index = resume["index"]
            output = output_of(self.job["options"])
            if output is not None and isinstance(said[-1], ModelResponse) and output.answers(said[-1]):
                said, self.index = said[:-1], self.index - 1  # nobody knows whether it fitted
            elif finished(said) or (output is not None and output.was_taken(said)):
                return
            results = not_made_yet(said, resume, self.reporter)
            earlier = [*earlier, *(said if results else continued(said, resume["calls"]))]
        elif (prompt := await asked(self.job, self.servers, self.reporter)) is None:
            return
        await self._turns(prompt, earlier, start, results)

    async def _turns(
        self,
        prompt: Prompt | None,
        history: list[ModelMessage],
        start: int,
        results: DeferredToolResults | None,
    ) -> None:
        masker = masker_of(self.job["secrets"])
        maker = ModelMaker(
            clients=self.clients,
            reporter=self.reporter,
            masker=masker,
            variables=self.job["variables"],
            options=self.job["options"],
        )
        model = maker.model(self.job, lambda: dialogue.index)
        dialogue = Dialogue(
            reporter=self.reporter,
            masker=masker,
            model=model,
            meter=self.meter,
            judge=Judge(
                reporter=self.reporter,
                masker=masker,
                model=model.model_name,
                warns=warns(self.job["options"]),
            ),
            index=self.index,
            form=AnswerForm(output_of(self.job["options"]), self.reporter),
        )

        requests = SideRequests(model=model, meter=self.meter, reporter=self.reporter, masker=masker)
        sized = compacting(requests, self.job["window"], start=start, index=lambda: dialogue.index)

        async def save(messages: Json, index: int) -> None:
            said = without_files(messages[start:], self.job["attachments"])
            kept = to_keep(sized, self.lengths)
            await self.reporter.save({"messages": said, "index": index, **kept})

        agent = self._agent(sized, maker, lambda: dialogue.index - 1)
        with sampled_by(Sampler(requests=requests, message=lambda: dialogue.index - 1)):
            await dialogue.run(agent, prompt, history, save, results)

    def _agent(self, model: Model, maker: ModelMaker, message: Callable[[], int]) -> Agent[None, str]:
        job = self.job
        enabled = {config["name"]: config["enabled_tools"] for config in job["servers"]}
        helpers = SubAgents(
            job, self.reporter, self.servers, self.functions, self.built_ins, maker, self.meter, message
        )
        tools: list[Tool[None]] = [helpers.tool(entry) for entry in job["sub_agents"]]
        tools += self.functions.tools(job)
        tools += self.built_ins.tools(job)
        tools += skill_tools(job["skills"])
        if job["todos"]:
            tools.append(todo_tool(self.reporter))
        taken = [tool.name for tool in tools]
        return built(
            job,
            model,
            settings=job["settings"],
            approvals=approvals_of(job, self.reporter, self.meter.paused),
            tools=tools,
            toolsets=offered(self.servers, enabled, server_options(job), taken),
        )
