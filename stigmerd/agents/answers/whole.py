"""A model as agents want it: an answer that broke off unseen is asked for once more, and names fit."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelAPIError, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from stigmerd.agents.answers.attempts import Attempt, TwoAttempts
from stigmerd.agents.answers.breaks import how_it_broke, unreadable
from stigmerd.agents.boundary.names import names_for
from stigmerd.agents.boundary.received import calls_in
from stigmerd.agents.reporter import AgentReporter

ON: Final = "again"


def whole(model: Model, reporter: AgentReporter) -> Model:
    """The same, with a second attempt; a script says what it says."""
    return model if model.system == "function" else Whole(model, reporter)


class Whole(WrapperModel):
    """Asks twice at most."""

    def __init__(self, model: Model, reporter: AgentReporter) -> None:
        super().__init__(model)
        self._reporter = reporter
        self._taken: set[str] = set()  # ids of calls; a conversation that got long has no longer all of them

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        async with AsyncExitStack() as outer:
            asked = 0
            taken = self._taken = self._taken | set(calls_in(messages))

            names = names_for(model_request_parameters, messages)
            sent, parameters = messages, model_request_parameters
            if names:
                sent, parameters = names.messages(messages), names.parameters(parameters)

            async def open_() -> Attempt:
                nonlocal asked
                asked += 1
                stack = await outer.enter_async_context(AsyncExitStack())
                opened = self.wrapped.request_stream(sent, model_settings, parameters, run_context)
                try:
                    stream = await stack.enter_async_context(opened)
                except Exception as error:
                    if (strange := unreadable(error, self.wrapped.model_name)) is not None:
                        raise strange from error
                    raise
                return Attempt(stream, stack, names, taken)

            async def again(why: str) -> Attempt | None:
                if asked > 1:
                    return None
                self._tell(why)
                try:
                    return await open_()
                finally:
                    self._reporter.tell("wait_over", on=ON)

            try:
                first = await open_()
            except (ModelAPIError, UnexpectedModelBehavior) as error:
                if not (broken := how_it_broke(error, opened=False)):
                    raise
                second = await again(broken)
                assert second is not None
                first = second
            yield TwoAttempts(first, again, model_request_parameters)

    def _tell(self, why: str) -> None:
        text = f"no answer from the model {self.wrapped.model_name}: {why}; asking once more"
        self._reporter.tell("wait", on=ON, text=text)
