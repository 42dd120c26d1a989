"""All that is needed to ask one provider: the model's name, the address, and the key that may go there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from stigmer_api.model_providers import OLLAMA_URL, KnownProvider
from stigmerd.agents.models.layers import Layer
from stigmerd.agents.problems import AgentProblem

SOURCES: Final = (
    "`-e NAME=value` for one run, the environment of the command that starts it, "
    "or backend.local.llm in ~/.stigmer/config.yaml"
)
OLLAMA_PORT: Final = urlsplit(OLLAMA_URL).port


class NoModel(AgentProblem):
    """No model can be chosen; the text lists the ways."""

    code = "E0800"


class NoAddress(NoModel):
    """A provider without an address of its own is asked at none."""

    code = "E1241"


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """All that is needed to make the model."""

    provider: str
    name: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    script: str = ""
    # What else it needs to know, by the names of variables: a region, credentials.
    more: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The settings that these come from, by name, for an error.
    name_from: str = field(default="", compare=False)
    address_from: str = field(default="", compare=False)
    key_from: str = field(default="", compare=False)
    key_kept: str = field(default="", compare=False)  # one that is not sent there, and why


def choice_of(known: KnownProvider, name: str, layers: Sequence[Layer]) -> ModelChoice:
    """The first layer that says something wins; a key goes where its own layer says. Raises NoModel."""
    named = next((layer for layer in layers if not name and layer.model_for(known)), None)
    name = name or (named.model if named else known.usual_model)
    if not name:
        raise NoModel(f"the provider {known.name} needs the name of a model: write {known.name}:NAME")
    said, address_from = next((found for layer in layers if (found := layer.address_for(known))[0]), ("", ""))
    url = complete(known, said) or known.usual_url
    usable = [layer for layer in layers if layer.sends_to(known, said or url)]
    key, key_from = next((found for layer in usable if (found := layer.key_for(known))[0] != ""), ("", ""))
    kept = "" if key != "" else _kept(known, address_from, layers)
    more = _more(known, layers, usable)
    _check(known, said, key, kept, more)
    return ModelChoice(
        provider=known.name,
        # The original's default is `claude-sonnet-4.5`.
        name=re.sub(r"(?<=\d)\.(?=\d)", "-", name) if known.name == "anthropic" else name,
        base_url=url if said or known.keyless else "",
        api_key=key,
        more=more,
        name_from=named.called("model") if named else "",
        address_from=address_from,
        key_from=key_from,
        key_kept=kept,
    )


def complete(known: KnownProvider, url: str) -> str:
    """OLLAMA_HOST may be a host alone, or where the server listens."""
    if known.name != "ollama" or not url:
        return url
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = "127.0.0.1" if parts.hostname in {"0.0.0.0", "", None} else parts.hostname
    default = "" if "://" in url else f":{OLLAMA_PORT}"
    netloc = f"[{host}]" if ":" in str(host) else str(host)
    port = f":{parts.port}" if parts.port else default
    return parts._replace(netloc=f"{netloc}{port}").geturl()


def _kept(known: KnownProvider, address_from: str, layers: Sequence[Layer]) -> str:
    """Why a key that is there is not sent."""
    _, setting = next((found for layer in layers if (found := layer.key_for(known))[0] != ""), ("", ""))
    if not setting:
        return ""
    beside = f"beside {address_from}" if address_from else "where the address is said"
    name = known.keys[0] if known.keys else "STIGMER_LLM_API_KEY"
    return f"{setting} is for another address and is not sent to this one: set {name} {beside}"


def _more(known: KnownProvider, layers: Sequence[Layer], usable: Sequence[Layer]) -> dict[str, str]:
    found: dict[str, str] = {}
    for layer in reversed(layers):
        found |= layer.place_for(known)
    # All of one place: half of one's credentials are of no use with half of another's.
    return found | next((some for layer in usable if (some := layer.credentials_for(known))), {})


def _check(known: KnownProvider, said: str, key: str, kept: str, more: Mapping[str, str]) -> None:
    if not known.usual_url and not said and not known.account:
        raise NoAddress(f"the provider {known.name} needs an address: set {known.urls[0]} ({SOURCES})")
    if known.name == "bedrock" and not {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} & more.keys():
        raise NoAddress(f"the provider bedrock needs a region: set AWS_REGION ({SOURCES})")
    if key != "" or known.keyless or known.account or (said and known.usual_url):
        return
    if kept:
        raise NoModel(f"the provider {known.name} needs an API key: {kept}")
    raise NoModel(
        f"the provider {known.name} needs an API key: set {known.keys[0]} or "
        f"STIGMER_LLM_API_KEY ({SOURCES}), or backend.local.llm.api_key"
    )
