"""Which language model answers? A flag wins over the environment, that over ~/.stigmer/config.yaml."""

from __future__ import annotations

import asyncio
import errno
import json
import re
import stat
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from stigmer_api.client_env import SCRIPT
from stigmer_api.config_file import ConfigError, block_of_local
from stigmer_api.reading import read_bounded, trusted_owners
from stigmerd.agents.problems import AgentProblem

PROVIDERS = ("anthropic", "openai", "ollama", "scripted")
DEFAULT_MODELS = {"anthropic": "claude-sonnet-4-5", "openai": "gpt-4.1", "ollama": "qwen2.5-coder:7b"}
OLLAMA_URL = "http://localhost:11434"
PROBE_SECONDS = 0.5
MOST_SCRIPT_BYTES = 4 << 20
KEY_VARIABLES = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}

Probe = Callable[[str], Awaitable[Sequence[str] | None]]


class NoModel(AgentProblem):
    """No model can be chosen; the text lists the ways."""


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    provider: str
    name: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    script: str = ""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one place says: the execution's variables, the environment, or the configuration file."""

    provider: str = ""
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    script_file: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # provider -> API key

    def key_for(self, provider: str) -> str:
        return self.api_key if self.api_key != "" else self.keys.get(provider, "")


def layer_of_variables(values: Mapping[str, str]) -> Layer:
    return Layer(
        provider=values.get("STIGMER_LLM_PROVIDER", "").strip().lower(),
        model=values.get("STIGMER_LLM_MODEL", ""),
        base_url=values.get("STIGMER_LLM_BASE_URL", ""),
        api_key=values.get("STIGMER_LLM_API_KEY", ""),
        script_file=values.get(SCRIPT, ""),
        keys={provider: values[name] for provider, name in KEY_VARIABLES.items() if values.get(name)},
    )


def layer_of_file(file: Path) -> Layer:
    """`backend.local.llm` of the configuration; an empty layer when there is no file."""
    try:
        check_writers(file)
        config = block_of_local(file, "llm")
    except (ConfigError, PermissionError) as error:
        raise AgentProblem(str(error)) from error
    if not isinstance(config, dict):
        return Layer()
    texts = {str(key): str(value) for key, value in config.items() if value is not None}
    script = texts.get("script", "")
    return Layer(
        provider=texts.get("provider", "").strip().lower(),
        model=texts.get("model", ""),
        base_url=texts.get("base_url", ""),
        api_key=texts.get("api_key", ""),
        # One that begins with `~` is filled in where it is read.
        script_file=script if script.startswith("~") or not script else str(file.parent / script),
    )


async def choose(wanted: str, script: str, layers: Sequence[Layer], probe: Probe) -> ModelChoice:
    """`wanted`: the execution's model, `name` or `provider:name`; `script`: the agent's; first layer wins."""
    prefix, _, rest = wanted.partition(":")
    name = rest if prefix in PROVIDERS else wanted
    provider = prefix if prefix in PROVIDERS else first(layer.provider for layer in layers)
    if not provider and not name and script:
        provider = "scripted"
    provider = provider or provider_by_name(name) or provider_by_key(layers)
    if not provider:
        return await running_ollama(name, layers, probe)
    if provider not in PROVIDERS:
        raise NoModel(f"no provider {provider!r}: there are {', '.join(PROVIDERS)} ({SOURCES})")
    mine = [layer for layer in layers if layer.provider in {"", provider}]
    if provider == "scripted":
        return ModelChoice(provider=provider, name=name or "scripted", script=script or script_in(mine))
    choice = ModelChoice(
        provider=provider,
        name=spelled(provider, name or first(layer.model for layer in mine) or DEFAULT_MODELS[provider]),
        base_url=first(layer.base_url for layer in mine) or (OLLAMA_URL if provider == "ollama" else ""),
        api_key=first(layer.key_for(provider) for layer in mine),
    )
    if provider in KEY_VARIABLES and choice.api_key == "" and not choice.base_url:
        raise NoModel(
            f"the provider {provider} needs an API key: set {KEY_VARIABLES[provider]} or STIGMER_LLM_API_KEY "
            f"({SOURCES}), or backend.local.llm.api_key"
        )
    return choice


SOURCES = (
    "`-e NAME=value` for one run, the environment of the command or of the backend, "
    "or backend.local.llm in ~/.stigmer/config.yaml"
)


def first(values: object) -> str:
    return next((value for value in values if value), "")  # type: ignore[attr-defined]


def provider_by_name(name: str) -> str:
    if name.startswith("claude"):
        return "anthropic"
    return "openai" if re.match(r"(gpt-\d|o\d)", name) else ""


def provider_by_key(layers: Sequence[Layer]) -> str:
    for layer in layers:
        for provider in KEY_VARIABLES:
            if layer.keys.get(provider):
                return provider
        if layer.base_url:
            return "openai"
    return ""


def spelled(provider: str, name: str) -> str:
    # The original's default is `claude-sonnet-4.5`; the API spells it `claude-sonnet-4-5`.
    return re.sub(r"(?<=\d)\.(?=\d)", "-", name) if provider == "anthropic" else name


def script_in(layers: Sequence[Layer]) -> str:
    path = first(layer.script_file for layer in layers)
    if not path:
        return ""
    try:
        return read_bounded(Path(path).expanduser(), MOST_SCRIPT_BYTES).decode()
    except (OSError, ValueError, RuntimeError) as error:  # also `~nobody`, and a NUL
        raise NoModel(f"cannot read the script {path} ({SCRIPT}): {error}") from error


async def running_ollama(name: str, layers: Sequence[Layer], probe: Probe) -> ModelChoice:
    models = await probe(OLLAMA_URL)
    if models is None:
        raise NoModel(
            f"no model is configured, and no Ollama answers at {OLLAMA_URL}. Choose one: ANTHROPIC_API_KEY "
            "or OPENAI_API_KEY; STIGMER_LLM_PROVIDER (anthropic, openai, ollama) with STIGMER_LLM_MODEL, and "
            "STIGMER_LLM_BASE_URL for any OpenAI-compatible server; `ollama serve`; or, without any network, "
            f"STIGMER_LLM_PROVIDER=scripted. Where: {SOURCES}"
        )
    wanted = name or first(layer.model for layer in layers)
    if not wanted:
        if not models:
            raise NoModel(f"Ollama runs but has no model: `ollama pull {DEFAULT_MODELS['ollama']}`")
        wanted = DEFAULT_MODELS["ollama"] if DEFAULT_MODELS["ollama"] in models else models[0]
    return ModelChoice(provider="ollama", name=wanted, base_url=OLLAMA_URL)


async def probe_ollama(url: str) -> list[str] | None:
    """The models that an Ollama at this address has; None when none answers."""
    place = urlsplit(url)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            writer.write(f"GET /api/tags HTTP/1.0\r\nHost: {place.netloc}\r\n\r\n".encode())
            answer = await reader.read(-1)
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        models = json.loads(body)["models"]
        return [str(model["name"]) for model in models] if b" 200 " in head[:20] else None
    except (OSError, TimeoutError, ValueError, KeyError, TypeError, RecursionError):
        return None


def check_writers(file: Path) -> None:
    """Nobody else may have written it; it says where keys are sent. Raises PermissionError."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return
    if status.st_uid not in trusted_owners():
        raise PermissionError(errno.EPERM, f"It belongs to user {status.st_uid}", str(file))
    if status.st_mode & stat.S_IWOTH:
        raise PermissionError(errno.EPERM, "Everybody may write to it", str(file))
