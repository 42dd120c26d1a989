"""How long is a conversation, and how long may it be? In tokens, as far as anybody can tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters

from stigmerd.agents.asked import parts_of

USUAL_WINDOW: Final = 128_000  # tokens, of a model that nobody knows
SHARE: Final = 0.75  # of the window; the rest is for the answer, and for what the measure cannot know
BYTES_PER_TOKEN: Final = 3.3  # English prose has more, code and other scripts have fewer
TOKENS_OF_MEDIA: Final = 1500  # an image
OVERHEAD: Final = 4  # tokens of a message's frame


def window_of(model: Model, said: int | None) -> int | None:
    """In tokens. None: a script, which reads however much there is."""
    if said is not None:
        return said
    return None if model.system == "function" else model.context_window or USUAL_WINDOW


def tokens_in(messages: Sequence[ModelMessage]) -> int:
    """An estimate, rather too high than too low."""
    return sum(map(_tokens, messages))


def tokens_of_request(
    messages: Sequence[ModelMessage], parameters: ModelRequestParameters, trusted_from: int
) -> int:
    """With instructions and tools. What the provider counted before counts, from that message on."""
    for index in range(len(messages) - 1, max(trusted_from, 0) - 1, -1):
        message = messages[index]
        if isinstance(message, ModelResponse) and message.usage.input_tokens:
            counted = message.usage.input_tokens + message.usage.output_tokens
            return counted + tokens_in(messages[index + 1 :])
    beside = "".join(part.content for part in parameters.instruction_parts or ())
    beside += "".join(
        f"{tool.name}{tool.description}{json.dumps(tool.parameters_json_schema)}"
        for tool in (*parameters.function_tools, *parameters.output_tools)
    )
    return tokens_in(messages) + _of_text(beside)


def _tokens(message: ModelMessage) -> int:
    text = sum(_of_text(content) + OVERHEAD for _, content in parts_of(message))
    return text + TOKENS_OF_MEDIA * (_media(message) if isinstance(message, ModelRequest) else 0)


def _media(message: ModelRequest) -> int:
    return sum(
        not isinstance(item, str)
        for part in message.parts
        if isinstance(part, UserPromptPart) and not isinstance(part.content, str)
        for item in part.content
    )


def _of_text(text: str) -> int:
    return int(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
