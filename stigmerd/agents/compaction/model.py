"""A model whose conversations never get too long for it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.exceptions import AgentRunError, ModelContextWindowExceededError, ModelHTTPError
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from stigmerd.agents.compaction.cut import begins_with_user, place_of_cut, question_in
from stigmerd.agents.compaction.measure import SHARE, tokens_in, tokens_of_request, window_of
from stigmerd.agents.compaction.summary import MOST_TOKENS, head_of, request_for
from stigmerd.agents.limits.meter import LimitReached
from stigmerd.agents.side_request import SideRequests

ON: Final = "compaction"
KEPT: Final = 0.3  # of the window: the newest messages stay as they were said
# How providers and local servers say it; most of them with status 400, some with 413 or 422.
TOO_LONG: Final = re.compile(
    r"context[ _-]?(length|window|size)|maximum context|too many (input )?tokens|prompt is too long"
    r"|input is too long|exceeds? (the )?(available |maximum )?(context|number of tokens)|input token count",
    re.IGNORECASE,
)


class CompactingModel(WrapperModel):
    """Sends a summary in place of older messages; the conversation itself stays whole."""

    def __init__(self, requests: SideRequests, *, window: int, start: int, index: Callable[[], int]) -> None:
        """
        Args:
            requests: by which summaries are made.
            window: tokens that the model reads at most.
            start: so many messages are of earlier executions: what was counted then was another request.
            index: of the message that the model makes next.
        """
        super().__init__(requests.model)
        self._requests = requests
        self._reporter = requests.reporter
        self._window = window
        self._most = int(window * SHARE)
        self._trusted_from = start
        self._index = index
        self.cut = 0  # the first message that is still sent as it was said
        self.summary = ""  # of those before it

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        sent = self._sent(messages)
        trusted = len(sent) - (len(messages) - self._trusted_from)
        size = tokens_of_request(sent, model_request_parameters, trusted)
        if size > self._most:
            await self._compact(messages, size, self._most)
        async with AsyncExitStack() as stack:

            async def open_() -> StreamedResponse:
                opened = self.wrapped.request_stream(
                    self._sent(messages), model_settings, model_request_parameters, run_context
                )
                return await stack.enter_async_context(opened)

            try:
                stream = await open_()
            except (ModelHTTPError, ModelContextWindowExceededError) as error:
                size = tokens_in(self._sent(messages))
                if not is_too_long(error) or not await self._compact(messages, size, size // 2):
                    raise
                stream = await open_()
            yield stream

    def _sent(self, messages: list[ModelMessage]) -> list[ModelMessage]:
        if not self.cut:
            return messages
        left = messages[self.cut :]
        then_user = begins_with_user(left[0])
        question = None if any(map(begins_with_user, left)) else question_in(messages[: self.cut])
        return [*head_of(self.summary, question, then_user=then_user), *left]

    async def _compact(self, messages: list[ModelMessage], size: int, most: int) -> bool:
        """False: nothing can be left out."""
        cut = place_of_cut(messages, int(min(self._window * KEPT, most / 2)))
        if cut <= self.cut:
            return False
        count = cut - self.cut
        self._reporter.tell(
            "wait",
            on=ON,
            text=f"the conversation is too long for the model (about {size:,} of {self._window:,} tokens): "
            f"its first {count} message{'s' * (count != 1)} become a summary",
        )
        try:
            await self._summarise(self._sent(messages)[: -len(messages[cut:])], most)
        except LimitReached:
            raise
        except AgentRunError as error:
            self.summary = ""
            self._reporter.warn(
                f"the first {count} messages of the conversation were left out: they could not be summarised "
                f"({self._requests.masker.text(str(error))[:300]})"
            )
        finally:
            self._reporter.tell("wait_over", on=ON)
        self.cut, self._trusted_from = cut, len(messages)
        return True

    async def _summarise(self, messages: list[ModelMessage], room: int) -> None:
        response = await self._requests.ask(
            [request_for(messages, room)], ModelSettings(max_tokens=MOST_TOKENS), self._index()
        )
        self.summary = response.text or ""


def compacting(
    requests: SideRequests, said_window: int | None, *, start: int, index: Callable[[], int]
) -> Model:
    """Their model; a script is asked whatever there is. See CompactingModel for the arguments."""
    window = window_of(requests.model, said_window)
    if window is None:
        return requests.model
    return CompactingModel(requests, window=window, start=start, index=index)


def is_too_long(error: AgentRunError) -> bool:
    """The provider refused the request because of its length."""
    if isinstance(error, ModelContextWindowExceededError):
        return True
    if not isinstance(error, ModelHTTPError) or error.status_code not in {400, 413, 422}:
        return False
    return bool(TOO_LONG.search(f"{error.message} {error.body}"))
