"""The turns of one model, the agent's or a helper's: what it says and calls, as it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_ai import Agent
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    PartEndEvent,
    ToolCallPart,
)
from pydantic_ai.models import Model
from pydantic_ai.run import AgentRun
from pydantic_ai.tools import DeferredToolResults
from pydantic_ai.usage import UsageLimits

from stigmer_api.masking import Masker
from stigmerd.agents.answers.beside import beside
from stigmerd.agents.answers.ending import reason_of
from stigmerd.agents.answers.settle import Judge
from stigmerd.agents.attached.prompt import Prompt
from stigmerd.agents.calls import pending, report_tool_event
from stigmerd.agents.limits.meter import Meter
from stigmerd.agents.outputs.declared import pretty
from stigmerd.agents.outputs.form import AnswerForm
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from stigmerd.agents.turns import ModelTurn, begins_apart, cost_of, text_in
from stigmerd.store.json import Json

Save = Callable[[Json, int], Awaitable[None]]
UNLIMITED: Final = UsageLimits(request_limit=None)  # the meter counts


@dataclass(kw_only=True)
class Dialogue:
    """`call`: the id of the call that asks a helper; empty for the agent itself."""

    reporter: AgentReporter
    masker: Masker
    model: Model
    meter: Meter
    judge: Judge
    call: str = ""
    index: int = 1  # of its next message; 0 is what it was asked
    # The index of the agent's message whose calls are being made, for a helper.
    among: Callable[[], int] | None = None
    _message: GrowingMessage = field(init=False)  # the newest; of the next turn until one begins
    form: AnswerForm = field(default_factory=AnswerForm)  # that its answer has

    def __post_init__(self) -> None:
        self._message = GrowingMessage(self.reporter, self.index, sub_agent=self.call)

    async def run(
        self,
        agent: Agent[None, Any],
        prompt: Prompt | None,
        history: Sequence[ModelMessage] = (),
        save: Save | None = None,
        results: DeferredToolResults | None = None,
    ) -> str:
        """The answer. `save` gets all messages of the run so far, before a tool has its effect.

        `results`: of the calls at the end of the history, which goes on with those that were not made yet.
        """
        self._made_before = results is not None
        async with agent.iter(
            prompt,
            message_history=list(history),
            usage_limits=UNLIMITED,
            deferred_tool_results=results,
        ) as run:
            with self.form.settling():
                async for node in run:
                    if Agent.is_model_request_node(node):
                        self.form.asked_again(node.request)
                        await self._asks(node, run)
                    elif Agent.is_call_tools_node(node):
                        answer = await self._calls(node, run, save)
                        if answer is not None:
                            return answer
                return await self._over(run, save)

    async def _over(self, run: AgentRun[None, Any], save: Save | None) -> str:
        output = run.result.output if run.result is not None else ""
        if self.form.is_text:
            return str(output)
        self.index += self.form.fits(output, GrowingMessage(self.reporter, self.index, sub_agent=self.call))
        if save is not None:  # once more: that it fits is known now
            await save(ModelMessagesTypeAdapter.dump_python(run.all_messages(), mode="json"), self.index)
        return pretty(output)

    async def _asks(self, node: Any, run: AgentRun[None, Any]) -> None:
        self.meter.check_turn()
        self._message = GrowingMessage(self.reporter, self.index, sub_agent=self.call)
        self._turn = ModelTurn(self.reporter, self.masker, self.model, self.index, call=self.call)
        try:
            async with node.stream(run.ctx) as stream:
                async for event in stream:
                    self._turn.heard(event)
                    self._heard(event)
        except BaseException:  # cancelled, too: its text grows no more
            self._turn.over()
            self._message.break_off()
            raise

    async def _calls(self, node: Any, run: AgentRun[None, Any], save: Save | None) -> str | None:
        """A text, if what came is the answer, such as it is."""
        if not self._made_before:
            answer = await self._answered(node.model_response, run, save)
            if answer is not None and self.form.is_text:
                return answer
        self._made_before = False
        async with node.stream(run.ctx) as events:
            async for event in events:
                report_tool_event(self.reporter, event, self._prefix)
        return None

    async def _answered(
        self, response: ModelResponse, run: AgentRun[None, Any], save: Save | None
    ) -> str | None:
        cost = cost_of(response)
        self.meter.add(response, cost, calls=len(self.form.calls_of(response)))
        self._message.grow(beside(response))
        self.form.take(self._message, response, self._metadata(response))
        self._turn.finished(response, cost)
        self.index += 1
        answer = self.judge.settled(response, run.ctx.state.last_max_tokens, self._prefix)
        if save is not None:
            # Before a tool has its effect it must be on record that it was called.
            await save(ModelMessagesTypeAdapter.dump_python(run.all_messages(), mode="json"), self.index)
        self.meter.check()
        return answer

    def _heard(self, event: object) -> None:
        if text := text_in(event):
            hold = self.form.holds(self._message.text + text)
            self._message.grow(text, apart=begins_apart(event), hold=hold)
        elif isinstance(event, PartEndEvent) and isinstance(event.part, ToolCallPart):
            call = event.part
            if self.form.is_answer(call):
                return
            # A client reads a call beside the message that made it, so the message comes first.
            self._message.catch_up()
            index = self.among() if self.among is not None else self.index
            self.reporter.call_begins(pending(call, self._prefix + call.tool_call_id, index))

    @property
    def last_words(self) -> str:
        """What the model said last, as far as it got."""
        return self._message.text

    @property
    def _prefix(self) -> str:
        """A helper's calls stand among the execution's, under ids that begin with that of the call to it."""
        return f"{self.call}/" if self.call else ""

    def _metadata(self, response: ModelResponse) -> dict[str, Json]:
        reason: dict[str, Json] = {"finish_reason": why} if (why := reason_of(response)) else {}
        usage = {
            "input_tokens": response.usage.input_tokens,
            "output_tokens": response.usage.output_tokens,
            **self.meter.as_json(),
        }
        if self.call:
            return reason | {
                "calls": [self._prefix + each.tool_call_id for each in self.form.calls_of(response)],
                "usage": usage,
            }
        return reason | {"model": response.model_name or "", "usage": usage}
