"""A request of a model beside its conversation: told, counted and limited as a turn of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from stigmer_api.masking import Masker
from stigmerd.agents.limits.meter import Meter
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.turns import ModelTurn, cost_of


@dataclass(frozen=True, kw_only=True)
class SideRequests:
    """Of the model of an agent, or of a helper (`call`: the id of the call to it)."""

    model: Model
    meter: Meter
    reporter: AgentReporter
    masker: Masker
    call: str = ""

    async def ask(
        self, messages: Sequence[ModelMessage], settings: ModelSettings, index: int
    ) -> ModelResponse:
        """`index`: of the message that it is told beside. Raises LimitReached, and what the model raises."""
        self.meter.check_turn()
        turn = ModelTurn(self.reporter, self.masker, self.model, index, call=self.call)
        try:
            async with model_request_stream(self.model, messages, model_settings=settings) as stream:
                async for event in stream:
                    turn.heard(event)
            response = stream.get()
        except BaseException:
            turn.over()
            raise
        cost = cost_of(response)
        turn.finished(response, cost)
        self.meter.add(response, cost)
        return response
