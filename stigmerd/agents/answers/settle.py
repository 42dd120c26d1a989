"""What becomes of an answer that is not whole: the agent fails, or takes what there is with a warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic_ai.messages import ModelResponse

from stigmer_api.masking import Masker
from stigmerd.agents.answers.in_words import in_words
from stigmerd.agents.answers.verdict import CUT_IN_CALL, NotWhole, half_calls, judged, refusal_in
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

OPTION: Final = "cut_off"
FAIL, WARN = "fail", "warn"


def warns(options: Mapping[str, Json]) -> bool:
    """Does the agent take what there is? Raises AgentProblem for an option that is none."""
    said = options.get(OPTION, FAIL)
    if said not in (FAIL, WARN):
        raise AgentProblem(f'the option {OPTION} must be "{FAIL}" or "{WARN}", not {said!r:.60}')
    return bool(said == WARN)


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Those of one agent, or of a helper of it.

    Attributes:
        whose: the helper, in words; empty: the agent itself.
        warns: an answer that is not whole is taken, with a warning.
    """

    reporter: AgentReporter
    masker: Masker
    model: str
    warns: bool = False
    whose: str = ""

    def settled(self, response: ModelResponse, limit: int | None, prefix: str) -> str | None:
        """None: the agent goes on as ever; a text: the answer, such as it is. Raises NotWhole.

        Calls that are not whole are taken out of the response, and end.

        Args:
            limit: of tokens, as it was asked for.
            prefix: of the ids of calls.
        """
        verdict = judged(response, model=response.model_name or self.model, masker=self.masker, limit=limit)
        if verdict is None:
            return self._of_files(response)
        if verdict.serious:
            for call in half_calls(response):
                self.reporter.call_ends(prefix + call.tool_call_id, error=CUT_IN_CALL)
                response.parts = [part for part in response.parts if part is not call]
        if verdict.serious and not self.warns:
            raise NotWhole(verdict)
        text = f"{self.whose}: {verdict.text}" if self.whose else verdict.text
        self.reporter.warn(self.masker.text(text), verdict.remedy)
        if not verdict.serious or response.tool_calls:
            return None
        return response.text or refusal_in(response)

    def _of_files(self, response: ModelResponse) -> str | None:
        """An answer that is an image or a file, and no text."""
        alone = response.files and not response.tool_calls and not (response.text or "").strip()
        return "\n".join(in_words(each) for each in response.files) if alone else None
