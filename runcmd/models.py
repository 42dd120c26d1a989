"""`--model`: which model this run asks, whatever the agents and the settings say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.errors import TargetError, UsageError
from runcmd.events import TargetKind
from runcmd.request import WantedLimit, WantedModel
from runcmd.resolve import Candidate, as_slugs, did_you_mean
from stigmer_api.chosen_models import EVERY_AGENT, ChosenModel, chosen_for, encoded
from stigmer_api.facts import MODELS_ANNOTATION
from stigmer_api.model_providers import KNOWN, PROVIDERS

SCRIPTED: Final = "scripted"
OPTION: Final = "--model"
FORM: Final = "write --model PROVIDER:NAME, or --model AGENT=PROVIDER:NAME for one agent"


def parse_model(text: str) -> WantedModel:
    """`PROVIDER:NAME`, also with `AGENT=` before it. Raises UsageError with the nearest provider.

    The name of the scripted model is a file, which is read by who asks for it.
    """
    agent, equals, model = text.partition("=")
    if not equals or ":" in agent or "/" in agent:
        agent, equals, model = EVERY_AGENT, "", text
    provider, colon, name = model.strip().partition(":")
    if (equals and not agent.strip()) or not provider:
        raise UsageError(f'--model: "{text}" is not PROVIDER:NAME', code="E0134", hint=FORM)
    if provider.lower() in PROVIDERS:
        return WantedModel(agent=agent.strip(), provider=provider.lower(), name=name)
    if not colon:
        usual = next((name for name, each in KNOWN.items() if re.match(each.models, provider)), "")
        if usual:
            return WantedModel(agent=agent.strip(), provider=usual, name=provider)
    raise UsageError(
        f'--model: there is no provider "{provider}"; there are {", ".join(PROVIDERS)}',
        code="E0134",
        hint=did_you_mean(provider, PROVIDERS) or (f"a model of Ollama: ollama:{model}" if colon else FORM),
    )


async def check_agents(
    wanted: Sequence[WantedModel | WantedLimit], candidates: Sequence[Candidate], backend: Backend, org: str
) -> None:
    """Raises TargetError if something is wanted for an agent that there is not."""
    declared = [each for each in candidates if each.kind is TargetKind.AGENT]
    known = {name for each in declared for name in (each.slug, each.name)}
    for each in wanted:
        if each.agent and each.agent not in known and not await _deployed(each.agent, backend, org):
            helpers = await _helpers(declared, backend, org) if each.option == OPTION else []
            if each.agent in helpers:
                continue
            names = [*(one.slug for one in declared), *helpers]
            raise TargetError(
                f'{each.option}: there is no agent "{each.agent}"',
                code="E0621",
                hint=did_you_mean(each.agent, names) or f"agents: {', '.join(names) or 'none'}",
            )


async def _helpers(declared: Sequence[Candidate], backend: Backend, org: str) -> list[str]:
    """Sub-agents: a model may be chosen for one of them alone."""
    found: list[str] = []
    for each in declared:
        try:
            agent = await backend.by_reference(TargetKind.AGENT, each.slug, org)
        except (NotFoundError, UnsupportedError):
            continue
        found += [helper.name for helper in agent.spec.sub_agents]  # type: ignore[union-attr]
    return found


async def _deployed(name: str, backend: Backend, org: str) -> bool:
    for slug in as_slugs(name):
        for find in (backend.by_reference, backend.of_platform):
            try:
                await find(TargetKind.AGENT, slug, org)
            except (NotFoundError, UnsupportedError):
                continue
            return True
    return False


def annotation_of(models: Sequence[WantedModel]) -> str:
    """What an execution says of them."""
    return encoded({each.agent: ChosenModel(f"{each.provider}:{each.name}", each.script) for each in models})


async def with_models(
    execution: Execution, target: Candidate, models: Sequence[WantedModel], backend: Backend
) -> Execution:
    """It says which models it is to ask. Raises UsageError where its server cannot be told."""
    if not models:
        return execution
    chosen = annotation_of(models)
    execution.metadata.annotations[MODELS_ANNOTATION] = chosen
    own = chosen_for(chosen, target.slug, target.name) if target.kind is TargetKind.AGENT else None
    if await backend.can_cancel():  # it has our extensions
        return execution
    if own is None or own.model.startswith(SCRIPTED):
        what = "a workflow's agents" if target.kind is TargetKind.WORKFLOW else target.name
        raise UsageError(
            f"this server cannot be told which model {what} asks",
            code="E0135",
            hint="it takes the name of a model for an agent: stigmer run AGENT --model PROVIDER:NAME",
        )
    # The contract's own field is a name alone; the server has one provider.
    execution.spec.execution_config.model_name = own.model.partition(":")[2]  # type: ignore[union-attr]
    return execution
