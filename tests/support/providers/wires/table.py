"""The wire formats by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from stigmer_api.model_providers import KNOWN
from tests.support.providers.answers import Answer, Fail, Hold, Request
from tests.support.providers.wires import (
    anthropic,
    bedrock,
    cohere,
    google,
    groq,
    mistral,
    openai_chat,
    openai_responses,
)

Events = Callable[[Answer, Request], Iterator[bytes | Hold]]


@dataclass(frozen=True)
class Wire:
    """How a provider speaks, and how one gets there."""

    model: str  # `provider:name`
    events: Events
    error: Callable[[Fail], Any]
    env: Callable[[str, str], dict[str, str]]  # of its URL and the key
    kind: str = "text/event-stream"
    thinks: bool = True  # pydantic-ai reads its thinking


def settings(provider: str, path: str = "") -> Callable[[str, str], dict[str, str]]:
    """Our own variables, which work for every provider."""
    return lambda url, key: {
        "STIGMER_LLM_PROVIDER": provider,
        "STIGMER_LLM_BASE_URL": f"{url}{path}",
        "STIGMER_LLM_API_KEY": key,
        "STIGMER_LLM_MODEL": WIRES[provider].model.partition(":")[2],
    }


def amazon(url: str, key: str) -> dict[str, str]:
    """Signed requests: a bearer token would want TLS."""
    return {
        "STIGMER_LLM_PROVIDER": "bedrock",
        "STIGMER_LLM_MODEL": WIRES["bedrock"].model.partition(":")[2],
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAFAKE",
        "AWS_SECRET_ACCESS_KEY": key,
    }


CHAT = (openai_chat.events, openai_chat.error)
WIRES: Final = {
    "openai": Wire("openai:gpt-fake", *CHAT, settings("openai", "/v1")),
    "openai-responses": Wire(
        "openai-responses:gpt-5",
        openai_responses.events,
        openai_chat.error,
        settings("openai-responses", "/v1"),
    ),
    "anthropic": Wire("anthropic:claude-fake", anthropic.events, anthropic.error, settings("anthropic")),
    "google": Wire("google:gemini-2.5-flash", google.events, google.error, settings("google")),
    "bedrock": Wire(
        "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        bedrock.events,
        bedrock.error,
        amazon,
        kind="application/vnd.amazon.eventstream",
    ),
    "groq": Wire("groq:openai/gpt-oss-120b", groq.events, openai_chat.error, settings("groq")),
    "mistral": Wire("mistral:mistral-large-latest", mistral.events, mistral.error, settings("mistral")),
    "cohere": Wire("cohere:command-a-reasoning-08-2025", cohere.events, cohere.error, settings("cohere")),
    "huggingface": Wire("huggingface:fake", *CHAT, settings("huggingface", "/v1"), thinks=False),
    "azure": Wire("azure:gpt-fake", *CHAT, settings("azure")),
    "openrouter": Wire("openrouter:some/fake", *CHAT, settings("openrouter", "/v1")),
    "ollama": Wire("ollama:fake", *CHAT, settings("ollama")),
    "cerebras": Wire("cerebras:fake", *CHAT, settings("cerebras", "/v1")),
}
# These speak OpenAI's chat completions by the same code, and differ in their names and addresses.
ALIKE: Final = tuple(
    name
    for name in KNOWN
    if name not in WIRES and KNOWN[name].library == "openai" and not KNOWN[name].variant
)
