"""Which language model answers? A flag wins over the environment, that over ~/.stigmer/config.yaml."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from stigmer_api.client_env import KEY_VARIABLES, SCRIPT
from stigmer_api.reading import read_bounded
from stigmerd.agents.models import ollama
from stigmerd.agents.models.layers import Layer, first
from stigmerd.agents.problems import AgentProblem

MOST_SCRIPT_BYTES: Final = 4 << 20
SOURCES: Final = (
    "`-e NAME=value` for one run, the environment of the command or of the backend, "
    "or backend.local.llm in ~/.stigmer/config.yaml"
)

Probe = Callable[[str], Awaitable[Sequence[str] | None]]


class NoModel(AgentProblem):
    """No model can be chosen; the text lists the ways."""

    code = "E0800"


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """All that is needed to make the model."""

    provider: str
    name: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    script: str = ""
    # The settings that these come from, by name, for an error.
    name_from: str = field(default="", compare=False)
    address_from: str = field(default="", compare=False)
    key_from: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What is known of one before anybody configures it."""

    name: str
    default_model: str
    base_url: str = ""
    models: str = "(?!)"  # how its models' names begin, as a pattern; none without it
    hyphens: bool = False  # it writes `4-5`, where the original's default is `claude-sonnet-4.5`

    def choice(self, name: str, script: str, layers: Sequence[Layer]) -> ModelChoice:
        """`layers` speak of this provider, or of none. Raises NoModel."""
        named = next((layer for layer in layers if not name and layer.model), None)
        placed = next((layer for layer in layers if layer.base_url), None)
        keyed = next((layer for layer in layers if layer.key_for(self.name) != ""), None)
        name = name or (named.model if named else self.default_model)
        base_url = placed.base_url if placed else ""
        api_key = keyed.key_for(self.name) if keyed else ""
        if self.name in KEY_VARIABLES and api_key == "" and not base_url:
            raise NoModel(
                f"the provider {self.name} needs an API key: set {KEY_VARIABLES[self.name]} or "
                f"STIGMER_LLM_API_KEY ({SOURCES}), or backend.local.llm.api_key"
            )
        return ModelChoice(
            provider=self.name,
            name=re.sub(r"(?<=\d)\.(?=\d)", "-", name) if self.hyphens else name,
            base_url=base_url or self.base_url,
            api_key=api_key,
            name_from=named.called("model") if named else "",
            address_from=placed.called("base_url") if placed else "",
            key_from=keyed.key_called(self.name) if keyed else "",
        )


class ScriptedProvider(Provider):
    """Plays a script: the agent's own, else a file."""

    def choice(self, name: str, script: str, layers: Sequence[Layer]) -> ModelChoice:
        name = name or self.default_model
        return ModelChoice(provider=self.name, name=name, script=script or script_in(layers))


PROVIDERS: Final = {
    provider.name: provider
    for provider in (
        Provider(name="anthropic", default_model="claude-sonnet-4-5", models="claude", hyphens=True),
        Provider(name="openai", default_model="gpt-4.1", models=r"gpt-\d|o\d"),
        Provider(name="ollama", default_model="qwen2.5-coder:7b", base_url=ollama.URL),
        ScriptedProvider(name="scripted", default_model="scripted"),
    )
}


async def choose(wanted: str, script: str, layers: Sequence[Layer], probe: Probe) -> ModelChoice:
    """`wanted`: the execution's model, `name` or `provider:name`; `script`: the agent's; first layer wins."""
    prefix, _, rest = wanted.partition(":")
    asked_for, name = (prefix, rest) if prefix in PROVIDERS else ("", wanted)
    provider = asked_for or provider_of(name, script, layers)
    if not provider:
        return await running_ollama(name, layers, probe)
    if provider not in PROVIDERS:
        near = get_close_matches(provider, PROVIDERS, n=1)
        guess = f' (did you mean "{near[0]}"?)' if near else ""
        known = ", ".join(PROVIDERS)
        raise NoModel(f"no provider {provider!r}{guess}: there are {known} ({SOURCES})")
    mine = [layer if layer.provider in {"", provider} else of_others(layer) for layer in layers]
    return PROVIDERS[provider].choice(name, script, mine)


def of_others(layer: Layer) -> Layer:
    """What a place that speaks of another provider says of all: keys by their providers, a script."""
    return Layer(keys=layer.keys, script_file=layer.script_file, place=layer.place, is_file=layer.is_file)


def provider_of(name: str, script: str, layers: Sequence[Layer]) -> str:
    """Configured, or what else there is points to it; empty if nothing does."""
    if configured := first(layer.provider for layer in layers):
        return configured
    if script and not name:
        return "scripted"
    by_name = (each.name for each in PROVIDERS.values() if re.match(each.models, name))
    return first(by_name) or provider_by_key(layers)


def provider_by_key(layers: Sequence[Layer]) -> str:
    for layer in layers:
        for provider in KEY_VARIABLES:
            if layer.keys.get(provider):
                return provider
        if layer.base_url:
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
    usual = PROVIDERS["ollama"]
    models = await probe(usual.base_url)
    if models is None:
        raise NoModel(
            f"no model is configured, and no Ollama answers at {usual.base_url}. Choose one: "
            "ANTHROPIC_API_KEY or OPENAI_API_KEY; "
            "STIGMER_LLM_PROVIDER (anthropic, openai, ollama) with STIGMER_LLM_MODEL, and "
            "STIGMER_LLM_BASE_URL for any OpenAI-compatible server; `ollama serve`; or, without any network, "
            f"STIGMER_LLM_PROVIDER=scripted. Where: {SOURCES}"
        )
    wanted = name or first(layer.model for layer in layers)
    if not wanted:
        if not models:
            raise NoModel(f"Ollama runs but has no model: `ollama pull {usual.default_model}`")
        wanted = usual.default_model if usual.default_model in models else models[0]
    return ModelChoice(provider=usual.name, name=wanted, base_url=usual.base_url)
