"""An MCP server asks for a completion: the agent's own model makes it, within the agent's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.settings import ModelSettings

from stigmerd.agents.side_request import SideRequests
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from mcp_types import CreateMessageRequestParams, CreateMessageResult

SHOWN_CHARACTERS: Final = 4000  # of each message, to whoever is asked
STOP_REASONS: Final = {"length": "maxTokens", "stop": "endTurn"}

_sampler: ContextVar[Sampler | None] = ContextVar("sampler", default=None)


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """The model of an agent or a helper, for what the servers of its calls ask."""

    requests: SideRequests
    message: Callable[[], int]  # the index of the AI message whose calls are being made

    async def complete(self, params: CreateMessageRequestParams) -> CreateMessageResult:
        """Raises LimitReached, and what the model raises."""
        from mcp_types import CreateMessageResult, TextContent

        response = await self.requests.ask(messages_of(params), settings_of(params), self.message())
        return CreateMessageResult(
            role="assistant",
            content=TextContent(type="text", text=response.text or ""),
            model=response.model_name or self.requests.model.model_name,
            stop_reason=STOP_REASONS.get(response.finish_reason or "stop"),
        )


@contextmanager
def sampled_by(sampler: Sampler) -> Iterator[None]:
    """Calls that are made inside have this model behind them."""
    token = _sampler.set(sampler)
    try:
        yield
    finally:
        _sampler.reset(token)


def current_sampler() -> Sampler | None:
    return _sampler.get()


def settings_of(params: CreateMessageRequestParams) -> ModelSettings:
    settings = ModelSettings(max_tokens=params.max_tokens)
    if params.temperature is not None:
        settings["temperature"] = params.temperature
    if params.stop_sequences:
        settings["stop_sequences"] = list(params.stop_sequences)
    return settings


def messages_of(params: CreateMessageRequestParams) -> list[ModelMessage]:
    """As pydantic-ai has them."""
    found: list[ModelMessage] = []
    if params.system_prompt:
        found.append(ModelRequest(parts=[SystemPromptPart(params.system_prompt)]))
    for message in params.messages:
        content = [_content(block) for block in message.content_as_list]
        if message.role == "user":
            found.append(ModelRequest(parts=[UserPromptPart(_plain(content))]))
        else:
            texts = [TextPart(each if isinstance(each, str) else "(an attachment)") for each in content]
            found.append(ModelResponse(parts=texts))
    return found


def shown(params: CreateMessageRequestParams) -> list[dict[str, Json]]:
    """The messages for whoever is asked."""
    system = [("system", params.system_prompt)] if params.system_prompt else []
    said = [(message.role, _words(message.content_as_list)) for message in params.messages]
    return [{"role": role, "text": _short(text)} for role, text in [*system, *said]]


def _content(block: Any) -> UserContent:
    match block.type:
        case "text":
            return str(block.text)
        case "image" | "audio":
            return BinaryContent.from_data_uri(f"data:{block.mime_type};base64,{block.data}")
    return f"({block.type})"  # tools of the server's own are not offered to it


def _plain(content: Sequence[UserContent]) -> str | Sequence[UserContent]:
    return content[0] if len(content) == 1 and isinstance(content[0], str) else content


def _words(blocks: Sequence[Any]) -> str:
    return "\n".join(block.text if block.type == "text" else f"({block.type})" for block in blocks)


def _short(text: str) -> str:
    left_out = len(text) - SHOWN_CHARACTERS
    return text if left_out <= 0 else f"{text[:SHOWN_CHARACTERS]}… ({left_out:,} characters more)"
