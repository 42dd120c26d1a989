"""Which language model answers? What is wanted wins over the environment, that over the file."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from stigmer_api.client_env import SCRIPT
from stigmer_api.model_providers import KNOWN, LOCAL, PROVIDERS, SCRIPTED, nearest
from stigmer_api.reading import read_bounded
from stigmerd.agents.models.choice import SOURCES, ModelChoice, NoModel, choice_of, complete
from stigmerd.agents.models.layers import Layer, first
from stigmerd.agents.models.local.files import file_of

MOST_SCRIPT_BYTES: Final = 4 << 20

Probe = Callable[[str], Awaitable[Sequence[str] | None]]


class UnknownProvider(NoModel):
    """Nobody is called so."""

    code = "E1240"


async def choose(wanted: str, script: str, layers: Sequence[Layer], probe: Probe) -> ModelChoice:
    """`wanted`: the model, `provider:name` or `name`; `script`: what a scripted one says. Raises NoModel."""
    provider, name = named_in(wanted, layers)
    provider = provider or provider_of(name, script, layers)
    if not provider:
        return await running_ollama(name, layers, probe)
    if provider not in KNOWN:
        raise UnknownProvider(
            f"no provider {provider!r}{nearest(provider)}: there are {', '.join(PROVIDERS)} ({SOURCES})"
        )
    if provider == SCRIPTED:
        return ModelChoice(provider=SCRIPTED, name=name or SCRIPTED, script=script or script_in(layers))
    if provider == LOCAL:
        name = name or KNOWN[LOCAL].usual_model
        return ModelChoice(provider=LOCAL, name=name, base_url=str(file_of(name)))
    return choice_of(KNOWN[provider], name, layers)


def named_in(wanted: str, layers: Sequence[Layer]) -> tuple[str, str]:
    """Provider and name. Raises UnknownProvider for a word before a colon that is none."""
    prefix, colon, name = wanted.partition(":")
    if prefix in KNOWN:
        return prefix, name
    near = nearest(prefix) if colon else ""
    # Ollama's own names have tags: `llama3.2:1b`.
    maybe_tag = not near or "ollama" in near
    if colon and not (maybe_tag and first(layer.provider for layer in layers) == "ollama"):
        tag = f'; a model of Ollama is written "ollama:{wanted}"' if maybe_tag else ""
        raise UnknownProvider(
            f'the model "{wanted}" names no provider that there is{near}: '
            f"there are {', '.join(PROVIDERS)}{tag}"
        )
    return "", wanted


def provider_of(name: str, script: str, layers: Sequence[Layer]) -> str:
    """Configured, or what else there is points to it; empty if nothing does."""
    if script and not name:
        return SCRIPTED
    if configured := first(layer.provider for layer in layers):
        return configured
    model = name or first(layer.model for layer in layers)
    by_name = (each.name for each in KNOWN.values() if re.match(each.models, model))
    return first(by_name) or provider_by_key(layers)


def provider_by_key(layers: Sequence[Layer]) -> str:
    """A key points to its provider, if that has a usual model; an address alone is OpenAI-compatible."""
    for layer in layers:
        for known in KNOWN.values():
            if (
                known.usual_model
                and not known.keyless
                and layer.key_for(known)[0] != ""
                and layer.api_key == ""
            ):
                return known.name
        if layer.family:
            return layer.family
        if layer.address_for(KNOWN["openai"])[0]:
            return "openai"
    return ""


def script_in(layers: Sequence[Layer]) -> str:
    path = first(layer.script_file for layer in layers)
    if not path:
        return ""
    try:
        return read_bounded(Path(path).expanduser(), MOST_SCRIPT_BYTES).decode()
    except (OSError, ValueError, RuntimeError) as error:  # also `~nobody`, and a NUL
        raise NoModel(f"cannot read the script {path} ({SCRIPT}): {error}", code="E0840") from error


async def running_ollama(name: str, layers: Sequence[Layer], probe: Probe) -> ModelChoice:
    """Nothing is configured: is there one? Raises NoModel."""
    known = KNOWN["ollama"]
    said = first(layer.address_for(known)[0] for layer in layers)
    url = complete(known, said) or known.usual_url
    models = await probe(url)
    if models is None:
        raise NoModel(
            f"no model is configured, and no Ollama answers at {url}. Choose one: "
            'model="provider:name" in the agent, or --model; ANTHROPIC_API_KEY or OPENAI_API_KEY; '
            "STIGMER_LLM_PROVIDER (anthropic, openai, google, ollama …) with STIGMER_LLM_MODEL, and "
            "STIGMER_LLM_BASE_URL for any OpenAI-compatible server; `ollama serve`; or, without any network, "
            f"STIGMER_LLM_PROVIDER=scripted. Where: {SOURCES}"
        )
    wanted = name or first(layer.model for layer in layers)
    if not wanted:
        if not models:
            raise NoModel(f"Ollama runs but has no model: `ollama pull {known.usual_model}`")
        wanted = known.usual_model if known.usual_model in models else models[0]
    return choice_of(known, wanted, layers)
