"""Did a streamed answer reach its end?"""

from __future__ import annotations

from typing import Any, Final

from pydantic_ai.messages import (
    FilePart,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import StreamedResponse

BROKEN: Final = "broken_off"  # in the metadata of a response: how
CHAT: Final = "OpenAIStreamedResponse"
# Of these it is known that they end with a reason. Others are believed.
GIVE_A_REASON: Final = frozenset(
    {
        "AnthropicStreamedResponse",
        "BedrockStreamedResponse",
        "CohereStreamedResponse",
        "GeminiStreamedResponse",
        "GroqStreamedResponse",
        "HuggingFaceStreamedResponse",
        "MistralStreamedResponse",
        "OpenAIResponsesStreamedResponse",
        "XaiStreamedResponse",
    }
)


class StreamEnd:
    """Listens to one stream. Servers of the chat-completions API that give no reason still say `[DONE]`."""

    def __init__(self, stream: StreamedResponse) -> None:
        names = {each.__name__ for each in type(stream).__mro__}
        self.chat = CHAT in names
        self._gives_a_reason = bool(names & GIVE_A_REASON)
        self._done = False
        if self.chat:
            self._listen(stream)

    def reached(self, response: ModelResponse) -> bool:
        """`response`: all that came."""
        if reason_of(response):
            # pydantic-ai makes up a reason where a server of the chat API gives none.
            made_up = self.chat and response.finish_reason == "stop" and not given_reason(response)
            return self._done or not made_up
        return self._done or not (self.chat or self._gives_a_reason)

    def _listen(self, stream: Any) -> None:
        """The client ends its loop at `[DONE]` and says nothing of it."""
        decoder = getattr(getattr(getattr(stream, "_response", None), "source", None), "_decoder", None)
        if decoder is None:
            return
        decode = decoder.decode

        def heard(line: str) -> Any:
            if line.startswith("data:") and line[len("data:") :].strip() == "[DONE]":
                self._done = True
            return decode(line)

        decoder.decode = heard


def given_reason(response: ModelResponse) -> str:
    """Why it ended, in the provider's own word."""
    return str((response.provider_details or {}).get("finish_reason") or "")


def reason_of(response: ModelResponse) -> str:
    """One of pydantic-ai's words, else the provider's; empty if nobody gave one."""
    return response.finish_reason or given_reason(response)


def shows(event: ModelResponseStreamEvent) -> bool:
    """Does somebody see it? Text, a call that is whole, a file: not what the model only thinks."""
    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return bool(text.strip())
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return bool(text.strip())
        case PartStartEvent(part=FilePart()) | PartEndEvent(part=ToolCallPart()):
            return True
    return False


def says_nothing(response: ModelResponse) -> bool:
    """No text, no call, no file."""
    return not (response.tool_calls or response.files or (response.text or "").strip())
