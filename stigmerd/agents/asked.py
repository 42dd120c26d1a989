"""What a model is asked for each turn, told in part: instructions, new messages, tools."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.messages import (
    BinaryContent,
    FilePart,
    ModelMessage,
    ModelRequest,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from stigmer_api.masking import Masker
from stigmerd.agents.answers.in_words import in_words
from stigmerd.agents.models.clients.listening import LISTENER
from stigmerd.agents.models.retrying import ON
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.results import result_text
from stigmerd.agents.turns import address_of
from stigmerd.exchanges.excerpt import MOST_BYTES, Excerpts
from stigmerd.exchanges.http import HttpRecord
from stigmerd.store.json import Json

MOST_OF_ALL: Final = 4 * MOST_BYTES  # of one request


class RecordedModel(WrapperModel):
    """The same model; what it is asked, and what goes to its server and comes back, is told."""

    def __init__(
        self,
        model: Model,
        reporter: AgentReporter,
        masker: Masker,
        index: Callable[[], int],
        *,
        call: str = "",
    ) -> None:
        """
        Args:
            index: of the message that the model makes next.
            call: of the sub-agent whose model it is, else empty.
        """
        super().__init__(model)
        self._reporter = reporter
        self._excerpts = Excerpts([masker])
        self._place: Callable[[], dict[str, Json]] = lambda: {"message": index(), "call": call}
        self._before: Sequence[ModelMessage] = ()  # the messages of the request before
        self._instructions: str | None = None
        self._tools: list[ToolDefinition] | None = None
        self._attempts = 0

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        self._attempts = 0
        LISTENER.set(self)  # never reset: a stream may be closed elsewhere, and the next request sets its own
        self._tell(messages, model_settings, model_request_parameters)
        async with super().request_stream(
            messages, model_settings, model_request_parameters, run_context
        ) as response:
            yield response

    def begin(self) -> HttpRecord:
        """A request goes out, the first or another try."""
        self._attempts += 1
        place = {"source": "model", **self._place(), "attempt": self._attempts}
        return HttpRecord(self._excerpts, place, lambda told: self._reporter.tell("http", **told))

    def pauses(self, why: str, seconds: float) -> None:
        """Told with its reason, until `goes_on`."""
        text = f"{why} from the model {self.wrapped.model_name}"
        self._reporter.tell("wait", on=ON, text=text, seconds=seconds)

    def goes_on(self) -> None:
        """It asks once more."""
        self._reporter.tell("wait_over", on=ON)

    def _tell(
        self,
        messages: Sequence[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> None:
        limited = Limited(self._excerpts)
        earlier = _in_common(self._before, messages)
        self._before = list(messages)
        told: dict[str, Json] = {"earlier": _count(messages[:earlier])}
        instructions = "\n\n".join(part.content for part in parameters.instruction_parts or ())
        if instructions != self._instructions:
            self._instructions = instructions
            told["instructions"] = limited.excerpt(instructions)
        told["messages"] = [
            {**head, "content": limited.excerpt(text)}
            for message in messages[earlier:]
            for head, text in parts_of(message)
        ]
        tools = [*parameters.function_tools, *parameters.output_tools]
        told["tools_offered"] = len(tools)
        if tools != self._tools:
            self._tools = tools
            told["tools"] = [
                {
                    "name": tool.name,
                    "description": self._excerpts.text(tool.description or ""),
                    "schema": limited.excerpt(json.dumps(tool.parameters_json_schema, ensure_ascii=False)),
                }
                for tool in tools
            ]
        if settings:
            told["settings"] = self._excerpts.text(json.dumps(settings, default=str))
        model = self.wrapped
        self._reporter.tell(
            "asked", **self._place(), model=model.model_name, address=address_of(model), **told
        )


class Limited:
    """Excerpts of one request: when it has had its share, of what follows only the size is told."""

    def __init__(self, excerpts: Excerpts) -> None:
        self._excerpts = excerpts
        self._left = MOST_OF_ALL

    def excerpt(self, text: str) -> dict[str, Json]:
        found = self._excerpts.of_text(text, min(MOST_BYTES, self._left))
        self._left = max(0, self._left - len(found["text"]))
        return found


def _in_common(before: Sequence[ModelMessage], now: Sequence[ModelMessage]) -> int:
    """How many messages at the beginning are the same."""
    both = enumerate(zip(before, now, strict=False))
    differs = (index for index, (old, new) in both if old is not new and old != new)
    return next(differs, min(len(before), len(now)))


def _count(messages: Sequence[ModelMessage]) -> int:
    return sum(1 for message in messages for _ in parts_of(message))


def parts_of(message: ModelMessage) -> Iterator[tuple[dict[str, Json], str]]:
    """The fields of each `SentMessage` but its content, and that."""
    for part in message.parts:
        match part:
            case SystemPromptPart(content=text):
                yield {"role": "system"}, text
            case UserPromptPart(content=content):
                text = content if isinstance(content, str) else "\n".join(map(_shown, content))
                yield {"role": "user"}, text
            case ToolReturnPart():
                head = {"role": "tool_result", "name": part.tool_name, "call": part.tool_call_id}
                yield head, result_text(part)
            case RetryPromptPart():
                yield {"role": "retry", "name": part.tool_name or ""}, part.model_response()
            case TextPart(content=text):
                yield {"role": "assistant"}, text
            case ThinkingPart(content=text):
                yield {"role": "thinking"}, text
            case FilePart(content=content):
                yield {"role": "assistant"}, in_words(content)
            case ToolCallPart():
                head = {"role": "tool_call", "name": part.tool_name, "call": part.tool_call_id}
                yield head, part.args_as_json_str()
            case _:
                role = "user" if isinstance(message, ModelRequest) else "assistant"
                yield {"role": role}, f"({part.part_kind})"


def _shown(content: object) -> str:
    """An image or a file is named, not shown."""
    if isinstance(content, BinaryContent):
        return in_words(content)
    return content if isinstance(content, str) else f"({getattr(content, 'kind', type(content).__name__)})"
