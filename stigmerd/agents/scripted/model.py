"""A script, as a model of pydantic-ai."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import StreamedResponse
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel

from stigmer_api.scripts.model import DEFAULT, BadScript, Turn
from stigmer_api.scripts.parser import parse
from stigmerd.agents.answers.ending import BROKEN
from stigmerd.agents.boundary.names import ToolNames
from stigmerd.agents.results import result_text
from stigmerd.agents.scripted.answers import in_form
from stigmerd.agents.scripted.script import Exchange, ScriptError, answer, chunks

FEEDBACK: Final = re.compile(r"^<system>|<pyai:(retry_feedback|validation_errors)>")


class ScriptedFailure(Exception):  # noqa: N818
    """The script said that the model breaks down here."""


class ScriptedEnd:
    """Of one answer."""

    stream: StreamedResponse | None = None

    def stops(self, why: str) -> None:
        """As a provider does it."""
        if self.stream is None:
            return
        if why == "broken":
            self.stream.finish_reason = "error"
            self.stream.metadata = {BROKEN: "the script says so"}
        else:
            self.stream.finish_reason = "length" if why == "length" else "content_filter"
            self.stream.provider_details = {"finish_reason": why}


ENDING: ContextVar[ScriptedEnd | None] = ContextVar("ending", default=None)  # of the answer that begins


def model(
    script: str, *, agent: str, variables: Mapping[str, str], name: str, sub_agent: bool = False
) -> FunctionModel:
    """Raises ScriptError."""
    try:
        parsed = parse(script or DEFAULT)
    except BadScript as error:
        raise ScriptError(str(error)) from error
    turns = parsed.turns if not sub_agent else parsed.agents.get(agent, parse(DEFAULT).turns)

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        known = {
            "agent": agent,
            "instructions": info.instructions or "",
            "tools": [tool.name for tool in info.function_tools],
            "env": dict(variables),
        }
        asked = exchanges(messages)
        turn = in_form(answer(turns, asked, known), info)
        prefix = f"call-{len(asked)}-{len(asked[-1].results) + 1}"
        ending = ENDING.get()
        names = ToolNames(tool.name for tool in info.function_tools)
        async for piece in play(turn, prefix, names):
            yield piece
        if turn.stop and ending is not None:
            ending.stops(turn.stop)

    return Player(stream_function=stream, model_name=name)


class Player(FunctionModel):
    """A model of pydantic-ai that cannot say by itself why an answer ends."""

    @asynccontextmanager
    async def request_stream(self, *args: Any, **options: Any) -> AsyncGenerator[StreamedResponse]:
        ending = ScriptedEnd()
        ENDING.set(ending)
        async with super().request_stream(*args, **options) as stream:
            ending.stream = stream
            yield stream


async def play(turn: Turn, prefix: str, names: ToolNames) -> AsyncIterator[str | DeltaToolCalls]:
    await asyncio.sleep(turn.delay)
    for piece in chunks(turn):
        yield piece
        await asyncio.sleep(turn.chunk_seconds)
    if turn.fail:
        raise ScriptedFailure(turn.fail)
    if turn.calls:
        yield {
            number: DeltaToolCall(
                # Also as a provider would know it.
                name=names.back(call.tool),
                json_args=json.dumps(call.args),
                tool_call_id=f"{prefix}-{number}",
            )
            for number, call in enumerate(turn.calls, 1)
        }
    elif not turn.say:
        raise ScriptError(f"the script's turn at line {turn.line} says nothing: its `say` came out empty")


def is_feedback(content: object) -> bool:
    """Not of the user: what pydantic-ai says to a model whose answer it cannot take."""
    return isinstance(content, str) and FEEDBACK.search(content) is not None


def exchanges(messages: Sequence[ModelMessage]) -> list[Exchange]:
    """The conversation as a script sees it: each message of the user, with the results after each answer."""
    found: list[tuple[str, list[list[tuple[str, str]]]]] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            if found:
                found[-1][1].append([])
        elif isinstance(message, ModelRequest):
            for part in message.parts:
                if isinstance(part, UserPromptPart):
                    if found and is_feedback(part.content):
                        continue
                    found.append((_text(part.content), []))
                elif isinstance(part, ToolReturnPart) and found and found[-1][1]:
                    found[-1][1][-1].append((part.tool_name, result_text(part)))
    return [
        Exchange(message=text, results=tuple(tuple(results) for results in turns)) for text, turns in found
    ]


def _text(content: str | Sequence[UserContent]) -> str:
    """A script reads text; of other files it knows that there are some."""
    if isinstance(content, str):
        return content
    return "\n".join(item if isinstance(item, str) else f"({_kind(item)})" for item in content)


def _kind(item: object) -> str:
    return str(getattr(item, "kind", "file"))
