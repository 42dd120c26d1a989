"""The declared form of one agent's answers, while it talks: what comes is taken, refused, or fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelRequest, ModelResponse, ToolCallPart

from stigmerd.agents.outputs.answer import AnswerCandidate, looks_like_json, refusal
from stigmerd.agents.outputs.declared import DeclaredOutput
from stigmerd.agents.outputs.failures import never_fits
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from stigmerd.store.json import Json


class AnswerForm:
    """Without an output, answers are text, and all that a model says is taken as it is."""

    def __init__(self, output: DeclaredOutput | None = None, reporter: AgentReporter | None = None) -> None:
        self._output = output
        self._reporter = reporter
        self._candidate: AnswerCandidate | None = None
        self._refusals = 0

    @property
    def is_text(self) -> bool:
        return self._output is None

    def holds(self, text: str) -> bool:
        """Half a JSON text is of no use to anybody."""
        return self._output is not None and looks_like_json(text)

    def is_answer(self, call: ToolCallPart) -> bool:
        """It calls no tool: it is how the model answers."""
        return self._output is not None and self._output.is_call(call.tool_name)

    def calls_of(self, response: ModelResponse) -> list[ToolCallPart]:
        """Those of tools."""
        return [call for call in response.tool_calls if not self.is_answer(call)]

    def take(self, message: GrowingMessage, response: ModelResponse, metadata: Mapping[str, Json]) -> None:
        """The message of a turn is complete, or waits until it is known whether it fits."""
        if self._output is not None and self._output.answers(response):
            self._candidate = AnswerCandidate(self._output, message, response, metadata)
        else:
            message.finish(dict(metadata))

    def fits(self, value: Json, more: GrowingMessage) -> bool:
        """True if that took a message of its own (`more`)."""
        candidate, self._candidate = self._candidate, None
        return candidate.fits(value, more) if candidate is not None else False

    def asked_again(self, request: ModelRequest) -> None:
        """The model is asked once more; if for its answer, people are told why."""
        if self._candidate is None or self._output is None:
            return
        reason = refusal(request, self._output)
        self._break_off(reason)
        if reason and self._reporter is not None:
            self._refusals += 1
            self._reporter.warn(f"{reason} (retry {self._refusals} of {self._output.retries})")

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Whatever happens inside, the last message is on record. Raises AgentProblem if none has fitted."""
        try:
            yield
        except UnexpectedModelBehavior as error:
            if self._output is None or (failure := never_fits(error, self._output)) is None:
                raise
            raise failure from error
        finally:
            self._break_off()

    def _break_off(self, reason: str = "") -> None:
        if self._candidate is not None:
            self._candidate.breaks_off(reason)
            self._candidate = None
