"""The stream of an answer; or, if it came to nothing, of the second attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic_ai.messages import ModelResponse, ModelResponseStreamEvent, PartEndEvent, ToolCallPart
from pydantic_ai.models import ModelRequestParameters, StreamedResponse
from pydantic_ai.usage import RequestUsage

from stigmerd.agents.answers.breaks import PROVIDER_FAILED, how_it_broke, unreadable
from stigmerd.agents.answers.ending import BROKEN, StreamEnd, says_nothing, shows
from stigmerd.agents.boundary.names import ToolNames
from stigmerd.agents.boundary.received import Received

NO_END: Final = "its stream stopped without an end"
EMPTY: Final = "it was empty"

Again = Callable[[str], Awaitable["Attempt | None"]]  # why -> the second attempt; None: there was one


class Attempt:
    """One stream, with what is needed to close it before the next."""

    def __init__(
        self, stream: StreamedResponse, stack: AsyncExitStack, names: ToolNames, taken: Iterable[str]
    ) -> None:
        """`taken`: the ids of the calls before."""
        self.stream = stream
        self.stack = stack
        self.ending = StreamEnd(stream)
        self.heard = Received(names, taken, chat=self.ending.chat)


class TwoAttempts(StreamedResponse):
    """A stream; or, if it came to nothing, the one after it."""

    def __init__(self, first: Attempt, again: Again, parameters: ModelRequestParameters) -> None:
        super().__init__(parameters)
        self._attempt = first
        self._again = again
        self._broken = ""
        self._used: RequestUsage | None = None  # by the first attempt, if there is another

    def __aiter__(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """Each attempt's own stream is whole: it tells the ends of parts, and what is a final result."""
        if self._event_iterator is None:
            self._event_iterator = self._events()
        return self._event_iterator

    async def _events(self) -> AsyncIterator[ModelResponseStreamEvent]:
        failure: Exception | None
        shown = False
        while True:
            broken, failure = "", None
            held: ModelResponseStreamEvent | None = None  # a call counts when it is known that all of it came
            try:
                async for given in self._attempt.stream:
                    event = self._attempt.heard.event(given)
                    if held is not None:
                        shown = True
                        yield held
                        held = None
                    if isinstance(event, PartEndEvent) and isinstance(event.part, ToolCallPart):
                        held = event
                        continue
                    shown = shown or shows(event)
                    yield event
            # Clients let errors of their transport through: of what kind it is, `how_it_broke` knows.
            except Exception as error:
                if (strange := unreadable(error, self.model_name)) is not None:
                    raise strange from error
                broken = how_it_broke(error, opened=True)
                if not broken or (shown and isinstance(error, PROVIDER_FAILED)):
                    raise
                failure = error
            else:
                if not self._attempt.ending.reached(self._attempt.stream.get()):
                    broken = NO_END
            if not shown and (why := broken or self._empty(held)):
                if await self._next(why):
                    continue
                if isinstance(failure, PROVIDER_FAILED):
                    raise failure
            if held is not None:
                yield held
            self._broken = broken
            self.final_result_event = self._attempt.stream.final_result_event
            self._finished = True
            return

    def _empty(self, held: ModelResponseStreamEvent | None) -> str:
        """An empty answer that was cut off, or filtered, would be so again."""
        response = self._attempt.stream.get()
        usual = response.finish_reason in (None, "stop", "tool_call")
        paused = response.state == "suspended"
        return EMPTY if held is None and usual and not paused and says_nothing(response) else ""

    async def _next(self, why: str) -> bool:
        used = self._attempt.stream.usage
        await self._attempt.stack.aclose()
        second = await self._again(why)
        if second is None:
            return False
        self._attempt, self._used = second, used
        return True

    def get(self) -> ModelResponse:
        response = self._attempt.heard.response(self._attempt.stream.get())
        if self._used is not None:
            response = replace(response, usage=self.usage)
        if not self._broken:
            return response
        said = {**(response.metadata or {}), BROKEN: self._broken}
        return replace(response, metadata=said, finish_reason="error", state="complete")

    @property
    def usage(self) -> RequestUsage:
        usage = self._attempt.stream.usage
        return usage if self._used is None else self._used + usage

    async def close_stream(self) -> None:
        await self._attempt.stream.close_stream()

    def get_stream_cancel_errors(self) -> tuple[type[BaseException], ...]:
        return self._attempt.stream.get_stream_cancel_errors()

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        async for event in self._attempt.stream:
            yield event

    @property
    def model_name(self) -> str:
        return self._attempt.stream.model_name

    @property
    def provider_name(self) -> str | None:
        return self._attempt.stream.provider_name

    @property
    def provider_url(self) -> str | None:
        return self._attempt.stream.provider_url

    @property
    def timestamp(self) -> datetime:
        return self._attempt.stream.timestamp
