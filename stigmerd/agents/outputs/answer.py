"""An answer of a declared form on its way into the record: it waits until it is known whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic_ai.messages import ModelRequest, ModelResponse, RetryFeedbackPart, ToolReturnPart

from stigmerd.agents.outputs.declared import DeclaredOutput, pretty
from stigmerd.agents.reporter import GrowingMessage
from stigmerd.store.json import Json

FENCES = ("{", "[", "```")  # with which JSON begins


@dataclass(frozen=True)
class AnswerCandidate:
    """`message` is that of the turn; `metadata` what is to be said of it."""

    output: DeclaredOutput
    message: GrowingMessage
    response: ModelResponse
    metadata: Mapping[str, Json]

    def fits(self, value: Json, more: GrowingMessage) -> bool:
        """Recorded as JSON; True if that took a message of its own (`more`), after words of the model."""
        text = pretty(value)
        if self._words():
            self.message.finish(dict(self.metadata))
            more.finish({"output": value}, text)
            return True
        self.message.finish({**self.metadata, "output": value}, text)
        return False

    def breaks_off(self, reason: str = "") -> None:
        """Recorded as the model wrote it: it does not fit, or nobody knows."""
        refused = {"refused": reason} if reason else {}
        self.message.finish({**self.metadata, **refused}, self._raw())

    def _words(self) -> str:
        """What it said before it answered by a call."""
        return (self.response.text or "").strip() if self.response.tool_calls else ""

    def _raw(self) -> str:
        calls = (call for call in self.response.tool_calls if self.output.is_call(call.tool_name))
        said = [self.response.text or "", *(call.args_as_json_str() for call in calls)]
        return "\n\n".join(filter(None, said))


def looks_like_json(text: str) -> bool:
    """What has been heard of it so far; such text is shown when it is whole."""
    return text.lstrip().startswith(FENCES) or not text.strip()


def refusal(request: ModelRequest, output: DeclaredOutput) -> str:
    """Why the model is asked for its answer once more, in words; empty if it is asked for something else."""
    for part in request.parts:
        if isinstance(part, RetryFeedbackPart):
            return in_words(part.content)
        if isinstance(part, ToolReturnPart) and part.outcome == "retried" and output.is_call(part.tool_name):
            return in_words(part.content)
    return ""


def in_words(content: object) -> str:
    """What a model is told of its answer, for people."""
    if isinstance(content, list):  # the errors of pydantic
        return "; ".join(_error_in_words(each) for each in content)
    text = str(content)
    # pydantic-ai's words to a model that was to answer by a call.
    return "it answered in words, and not as JSON" if "in a tool call" in text else text


def _error_in_words(error: Mapping[str, Json]) -> str:
    if error["type"] == "json_invalid":
        return f"it is no JSON: {error['msg'].removeprefix('Invalid JSON: ')}"
    return f"{'.'.join(map(str, error['loc'])) or '$'}: {error['msg']}"
