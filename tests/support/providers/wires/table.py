"""The wire formats by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.support.providers.answers import Answer, Fail, Hold, Request
from tests.support.providers.wires import anthropic, openai_chat

Events = Callable[[Answer, Request], Iterator[bytes | Hold]]


@dataclass(frozen=True)
class Wire:
    """How a provider speaks, and how one gets there."""

    model: str  # `provider:name`
    events: Events
    error: Callable[[Fail], Any]
    env: Callable[[str, str], dict[str, str]]  # of its URL and the key
    kind: str = "text/event-stream"


def settings(provider: str, path: str = "") -> Callable[[str, str], dict[str, str]]:
    """Our own variables, which work for every provider."""
    return lambda url, key: {
        "STIGMER_LLM_PROVIDER": provider,
        "STIGMER_LLM_BASE_URL": f"{url}{path}",
        "STIGMER_LLM_API_KEY": key,
        "STIGMER_LLM_MODEL": WIRES[provider].model.partition(":")[2],
    }


WIRES: Final = {
    "openai": Wire("openai:gpt-fake", openai_chat.events, openai_chat.error, settings("openai", "/v1")),
    "anthropic": Wire("anthropic:claude-fake", anthropic.events, anthropic.error, settings("anthropic")),
}
