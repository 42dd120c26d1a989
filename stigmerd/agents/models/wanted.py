"""Which models an execution asks: what somebody chose for it, else what the agent and its helpers declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stigmer_api.chosen_models import EVERY_AGENT, chosen_for
from stigmer_api.facts import MODELS_ANNOTATION
from stigmer_api.model_providers import SCRIPTED
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

MODEL, FALLBACK = "model", "fallback"  # keys of an agent's options


class BadModel(AgentProblem):
    """An option that says no model."""

    code = "E1243"


@dataclass(frozen=True, kw_only=True)
class ModelWish:
    """`provider:name`, `name`, or nothing; what a scripted one says; whether that is for this one alone."""

    model: str = ""
    script: str = ""
    own_script: bool = False

    @property
    def is_scripted(self) -> bool:
        return self.model.partition(":")[0] == SCRIPTED


@dataclass(frozen=True, kw_only=True)
class ModelWishes:
    """Whom an agent, or a helper, asks: the first, and the others in order if that fails."""

    first: ModelWish
    others: Sequence[ModelWish] = ()
    its_own: bool = True  # False: a helper without a word of its own has its agent's

    @property
    def all(self) -> tuple[ModelWish, ...]:
        return (self.first, *self.others)


def asked_by(agent: Any, execution: Any, options: Mapping[str, Json], script: str) -> ModelWishes:
    """The agent itself. A flag wins over the call that a workflow makes, that over what the agent declares.

    Raises BadModel.
    """
    annotated = execution.metadata.annotations.get(MODELS_ANNOTATION, "")
    declared = declared_in(options, f'the agent "{agent.metadata.name}"')
    own = script or declared.first.script
    if chosen := chosen_for(annotated, agent.metadata.slug, agent.metadata.name):
        return ModelWishes(first=ModelWish(model=chosen.model, script=chosen.script or own))
    if called := str(execution.spec.execution_config.model_name):
        return ModelWishes(first=ModelWish(model=called, script=own))
    if script:
        return ModelWishes(first=ModelWish(model=SCRIPTED, script=script), others=declared.others)
    return declared


def asked_by_helper(
    name: str, execution: Any, options: Mapping[str, Json], agents: ModelWishes
) -> ModelWishes:
    """A flag for this helper, or for all, wins over its own word, that over its agent's. Raises BadModel."""
    annotated = execution.metadata.annotations.get(MODELS_ANNOTATION, "")
    declared = declared_in(options, f'the sub-agent "{name}"')
    for_all = chosen_for(annotated, EVERY_AGENT)
    chosen = chosen_for(annotated, name)
    if chosen is not None and chosen != for_all:
        script = chosen.script or declared.first.script
        return ModelWishes(first=ModelWish(model=chosen.model, script=script, own_script=bool(script)))
    if for_all is not None or not declared.first.model:
        return ModelWishes(first=agents.first, others=declared.others or agents.others, its_own=False)
    return declared


def declared_in(options: Mapping[str, Json], whose: str) -> ModelWishes:
    """Raises BadModel."""
    others = options.get(FALLBACK) or []
    if not isinstance(others, list):
        raise BadModel(f"{whose}: the option fallback must be a list of models, not {others!r:.60}")
    first = options.get(MODEL)
    return ModelWishes(
        first=_wanted(first, f"{whose}: the option model") if first is not None else ModelWish(),
        others=[_wanted(each, f"{whose}: the option fallback") for each in others],
    )


def _wanted(said: Json, what: str) -> ModelWish:
    """A text, or the script of a scripted model. Raises BadModel."""
    if isinstance(said, str) and said.strip():
        return ModelWish(model=said.strip())
    if isinstance(said, dict) and isinstance(said.get("script"), str):
        return ModelWish(model=SCRIPTED, script=said["script"], own_script=True)
    raise BadModel(f'{what} must be "provider:name" or a script, not {said!r:.60}')
