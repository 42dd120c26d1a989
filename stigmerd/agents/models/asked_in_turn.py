"""The models of an agent or a helper: the first is asked, and the others in order if it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel

from stigmer_api.masking import Masker
from stigmer_api.model_providers import LOCAL
from stigmerd.agents.answers.whole import whole
from stigmerd.agents.asked import RecordedModel
from stigmerd.agents.models.build import build
from stigmerd.agents.models.choices_of_job import choices_of
from stigmerd.agents.models.clients.shared import SharedClients
from stigmerd.agents.models.failures import refused
from stigmerd.agents.models.ignored import ignored
from stigmerd.agents.models.retrying import with_retries
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json


@dataclass(frozen=True, kw_only=True)
class ModelMaker:
    """What the models of one execution have in common."""

    clients: SharedClients
    reporter: AgentReporter
    masker: Masker
    variables: Mapping[str, str]
    options: Mapping[str, Json]  # of the agent; a helper's own win over them

    def model(
        self, entry: Mapping[str, Json], index: Callable[[], int], *, call: str = "", sub_agent: bool = False
    ) -> Model:
        """`entry`: the agent or helper with its `model`, `fallback` and `settings`. Raises AgentProblem.

        Args:
            index: of the message that the model makes next.
            call: of the helper that asks, else empty.
        """
        models = [
            self._model(choice, entry, index, call=call, sub_agent=sub_agent) for choice in choices_of(entry)
        ]
        return models[0] if len(models) == 1 else InTurn(models, entry, self)

    def _model(
        self,
        choice: Mapping[str, Any],
        entry: Mapping[str, Json],
        index: Callable[[], int],
        *,
        call: str,
        sub_agent: bool,
    ) -> RecordedModel:
        model = build(
            choice, self.clients, agent=entry["name"], variables=self.variables, sub_agent=sub_agent
        )
        if names := ignored(model, entry["settings"]):
            what = "setting" if len(names) == 1 else "settings"
            text = f"the model {model.model_name} ({choice['provider']}) has no {what} {', '.join(names)}"
            self.reporter.warn(f"{text}: it answers without")
        if choice["provider"] == LOCAL and has_tools(entry):
            self.reporter.warn(f"the model {model.model_name} (local) calls no tools: it answers without")
        again = with_retries(model, {**self.options, **entry["options"]}, self.reporter)
        return RecordedModel(whole(again, self.reporter), self.reporter, self.masker, index, call=call)


class InTurn(FallbackModel):
    """Asks the next one where one cannot be reached or refuses; why is told."""

    def __init__(self, models: list[RecordedModel], entry: Mapping[str, Json], maker: ModelMaker) -> None:
        super().__init__(*models, fallback_on=self._falls_back)
        self._choices = list(choices_of(entry))
        self._maker = maker

    async def _falls_back(self, error: Exception) -> bool:
        if not isinstance(error, ModelAPIError):
            return False
        names = [model.model_name for model in self.models]
        index = names.index(error.model_name) if error.model_name in names else 0
        if index + 1 < len(names):
            why = refused(error, self._choices[index], self._maker.masker).text
            self._maker.reporter.warn(f"{why}; {names[index + 1]} is asked instead")
        return True


def has_tools(entry: Mapping[str, Any]) -> bool:
    """It declares something that a model could call."""
    own = any(entry["options"].get(name) for name in ("functions", "builtins", "todos"))
    return own or bool(entry.get("servers") or entry.get("sub_agents"))
