"""A model whose requests are made again as an agent declares it: how often, after which errors, and when."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, cast

from pydantic_ai import RunContext
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
)
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from stigmerd.agents.models.connection import nobody_to_ask
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

OPTION: Final = "retries"
ON: Final = "model"  # what is awaited in a pause
MOST: Final = 100
LONGEST_SECONDS: Final = 3600
USUAL_STATUSES: Final = frozenset({408, 409, 425, 429, *range(500, 600)})
JITTER: Final = 0.25  # a part of each pause, so that many agents do not come back at once


@dataclass(frozen=True, kw_only=True)
class RetryPlan:
    """After the first request. A pause is twice as long as the one before, or what the provider asks for."""

    count: int = 2
    backoff_seconds: float = 0.5
    longest_seconds: float = 60
    statuses: frozenset[int] = USUAL_STATUSES

    def concerns(self, error: ModelAPIError) -> bool:
        """Could it help to ask again?"""
        if isinstance(error, ModelQuotaExceededError):
            return False
        if isinstance(error, ModelHTTPError):
            return error.status_code in self.statuses
        return isinstance(error, ModelConnectionError) and not nobody_to_ask(error)

    def pause(self, error: ModelAPIError, before: int) -> float | None:
        """Seconds. None: the provider asks for more than anybody wants to wait.

        Args:
            before: so many pauses there were.
        """
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest_seconds else None
        planned = min(self.longest_seconds, self.backoff_seconds * 2.0**before)
        return planned * (1 - JITTER * random.random())


def plan_of(options: Mapping[str, Json]) -> RetryPlan | None:
    """None where nothing is said. Raises AgentProblem for an option that is none."""
    said = options.get(OPTION)
    if said is None:
        return None
    try:
        checked(said)
        if "statuses" in said:
            said = {**said, "statuses": frozenset(said["statuses"])}
        return RetryPlan(**said)
    except (TypeError, ValueError) as error:
        raise AgentProblem(f"the option {OPTION}: {error}") from None


def checked(said: Json) -> None:
    """Raises ValueError."""
    if not isinstance(said, dict):
        raise ValueError("it must be an object")
    times = said.get("count", 0)
    if type(times) is not int or not 0 <= times <= MOST:
        raise ValueError(f"count must be a whole number from 0 to {MOST}, not {times!r:.40}")
    for name in ("backoff_seconds", "longest_seconds"):
        seconds = said.get(name, 0)
        if type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_SECONDS:
            raise ValueError(f"{name} must be a number from 0 to {LONGEST_SECONDS}, not {seconds!r:.40}")
    statuses = said.get("statuses", [])
    if not isinstance(statuses, list) or not all(
        type(each) is int and 400 <= each < 600 for each in statuses
    ):
        raise ValueError(f"statuses must be a list of numbers from 400 to 599, not {statuses!r:.40}")


def with_retries(model: Model, options: Mapping[str, Json], reporter: AgentReporter) -> Model:
    """As the options say; where they do not, the provider's client does it. Raises AgentProblem."""
    plan = plan_of(options)
    return model if plan is None else Retrying(model, plan, reporter)


class Retrying(WrapperModel):
    """Makes a request again; an answer that has begun is not asked for again here (see answers/)."""

    def __init__(self, model: Model, plan: RetryPlan, reporter: AgentReporter) -> None:
        super().__init__(model)
        self._plan = plan
        self._reporter = reporter
        self._own = hasattr(getattr(model, "client", None), "max_retries")  # the client would try again, too

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        if self._own:
            model_settings = cast(ModelSettings, {**(model_settings or {}), "max_retries": 0})
        async with AsyncExitStack() as stack:
            for before in count():
                asked = self.wrapped.request_stream(
                    messages, model_settings, model_request_parameters, run_context
                )
                try:
                    stream = await stack.enter_async_context(asked)
                    break
                except ModelAPIError as error:
                    await self._pause(error, before)
            yield stream

    async def _pause(self, error: ModelAPIError, before: int) -> None:
        """Raises the error if it is the last word."""
        plan = self._plan
        seconds = plan.pause(error, before) if before < plan.count and plan.concerns(error) else None
        if seconds is None:
            raise error
        status = getattr(error, "status_code", None)
        why = f"HTTP {status}" if status else "no answer"
        text = f"{why} from the model {self.wrapped.model_name}, attempt {before + 2} of {plan.count + 1}"
        self._reporter.tell("wait", on=ON, text=text, seconds=seconds)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._reporter.tell("wait_over", on=ON)
