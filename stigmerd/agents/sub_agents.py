"""Helpers of an agent: each is a tool that takes a message and gives the helper's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic_ai import Agent, RunContext, Tool
from pydantic_ai.exceptions import ModelAPIError, ToolFailed, UnexpectedModelBehavior
from pydantic_ai.models import Model

from stigmerd.agents.answers.settle import Judge, warns
from stigmerd.agents.asking.approval import HARMLESS, approvals_of_helper
from stigmerd.agents.building import built
from stigmerd.agents.builtins.offered import BuiltIns
from stigmerd.agents.compaction.model import compacting
from stigmerd.agents.dialogue import Dialogue
from stigmerd.agents.failures import explain
from stigmerd.agents.functions.program import CalledFunctions
from stigmerd.agents.limits.meter import LimitReached, Meter
from stigmerd.agents.mcp.inbound.sampling import Sampler, sampled_by
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.toolsets import offered, server_options
from stigmerd.agents.models.asked_in_turn import ModelMaker
from stigmerd.agents.outputs.declared import output_of
from stigmerd.agents.outputs.form import AnswerForm
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.scripted.model import ScriptedFailure
from stigmerd.agents.side_request import SideRequests
from stigmerd.agents.skills.tool import skill_tools
from stigmerd.executions.records import MessageSet, SubAgentSet
from stigmerd.store.clock import now
from stigmerd.store.json import Json

# A helper that fails so is a failed call, and the agent may go on; limits and cancelling end the whole.
FAILURES = (AgentProblem, ScriptedFailure, ModelAPIError, UnexpectedModelBehavior)


@dataclass(frozen=True)
class SubAgents:
    """The helpers of one execution; they share its servers and limits, and may have limits of their own."""

    job: Mapping[str, Json]
    reporter: AgentReporter
    servers: Sequence[Lent]
    functions: CalledFunctions
    built_ins: BuiltIns
    maker: ModelMaker
    meter: Meter
    message: Callable[[], int]  # the index of the AI message whose calls are being made

    def tool(self, entry: Mapping[str, Json]) -> Tool[None]:
        async def ask(ctx: RunContext[None], message: str) -> str:
            return await self._work(entry, ctx, message)

        name = str(entry["name"])
        description = entry["description"] or f"Gives a task to the helper {name} and returns its answer."
        return Tool(
            ask,
            name=name,
            description=description,
            takes_ctx=True,
            metadata={HARMLESS: True},
        )

    async def _work(self, entry: Mapping[str, Json], ctx: RunContext[None], message: str) -> str:
        begun = begun_by(entry, ctx, message)
        self.reporter.emit(begun)
        dialogue: Dialogue | None = None
        meter = Meter(
            whose=f"sub-agent {entry['name']}",
            limits=entry["limits"],
            above=self.meter,
            warn=self.reporter.warn,
        )
        try:
            model = self.maker.model(entry, self.message, call=begun.id, sub_agent=True)
            requests = SideRequests(
                model=model,
                meter=meter,
                reporter=self.reporter,
                masker=self.maker.masker,
                call=begun.id,
            )
            sized = compacting(requests, self.job["window"], start=0, index=self.message)
            self._asked(message, begun.id)
            dialogue = self._dialogue(entry, model, meter, begun.id)
            sampler = Sampler(requests=requests, message=self.message)
            async with meter.timed():
                with sampled_by(sampler):
                    output = await dialogue.run(self._agent(entry, sized, begun.id, meter), message)
        except FAILURES as error:
            if isinstance(error, LimitReached) and error.meter is not meter:
                self._over(begun, status="FAILED", error=str(error))
                raise  # of the whole
            text = await explain(error, self.job, entry)
            self._over(begun, status="FAILED", error=text)
            words = dialogue.last_words if dialogue is not None and isinstance(error, LimitReached) else ""
            had_said = f"\nIt had said: {words}" if words else ""
            raise ToolFailed(f"{entry['name']} failed: {text}{had_said}") from error
        except BaseException as error:
            self._over(begun, status="FAILED", error=str(error) or "cancelled")
            raise
        self._over(begun, status="COMPLETED", output=output)
        return output

    def _dialogue(self, entry: Mapping[str, Json], model: Model, meter: Meter, call: str) -> Dialogue:
        return Dialogue(
            reporter=self.reporter,
            masker=self.maker.masker,
            model=model,
            meter=meter,
            judge=Judge(
                reporter=self.reporter,
                masker=self.maker.masker,
                model=model.model_name,
                warns=warns(entry["options"]),
                whose=str(entry["name"]),
            ),
            call=call,
            among=self.message,
            form=AnswerForm(output_of(entry["options"]), self.reporter),
        )

    def _over(self, begun: SubAgentSet, *, status: str, output: str = "", error: str = "") -> None:
        self.reporter.emit(replace(begun, status=status, output=output, error=error, completed_at=now()))

    def _agent(self, entry: Mapping[str, Json], model: Model, call: str, meter: Meter) -> Agent[None, str]:
        mine = {*entry["servers"], *entry["selections"]}
        enabled = {config["name"]: config["enabled_tools"] for config in self.job["servers"]}
        enabled |= {name: tools for name, tools in entry["selections"].items() if tools}
        servers = [server for server in self.servers if server.name in mine]
        tools = [
            *self.functions.tools(entry, sub_agent=entry["name"], call=call),
            *self.built_ins.tools(entry),
            *skill_tools(entry["skills"]),
        ]
        taken = [tool.name for tool in tools]
        return built(
            entry,
            model,
            settings=entry["settings"],
            approvals=approvals_of_helper(self.job, entry, self.reporter, call, meter.paused),
            tools=tools,
            toolsets=offered(servers, enabled, server_options(entry, self.job), taken),
        )

    def _asked(self, message: str, call: str) -> None:
        self.reporter.emit(
            MessageSet(
                index=0, role="HUMAN", content=message, complete=True, at=now(), metadata={}, sub_agent=call
            )
        )


def begun_by(entry: Mapping[str, Json], ctx: RunContext[None], message: str) -> SubAgentSet:
    """The helper has been asked, by a call of the agent's."""
    return SubAgentSet(
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
