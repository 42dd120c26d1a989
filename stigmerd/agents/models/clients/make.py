"""A provider of pydantic-ai for a choice, with a client of ours; its library is imported only then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from pydantic_ai.providers import Provider

from stigmer_api.model_providers import KNOWN
from stigmerd.agents.models.clients.http import new_client, new_older_client
from stigmerd.agents.models.clients.listening import telling

Choice = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A provider, and how its connections are closed."""

    provider: Provider[Any]
    close: Callable[[], Awaitable[Any]]


def connection_for(choice: Choice) -> Connection:
    """Raises ImportError without the provider's library."""
    match choice["provider"]:
        case "anthropic":
            return _anthropic(choice)
        case "google":
            return _google(choice)
        case "google-cloud":
            return _google_cloud(choice)
        case "bedrock":
            return _bedrock(choice)
        case "groq":
            return _groq(choice)
        case "mistral":
            return _mistral(choice)
        case "cohere":
            return _cohere(choice)
        case "xai":
            return _xai(choice)
        case "huggingface":
            return _huggingface(choice)
        case "local":
            return _local(choice)
        case "azure" | "azure-responses":
            return _azure(choice)
    return _openai_compatible(choice)


def key_of(choice: Choice) -> str:
    """Never empty: the clients would then take one from the environment."""
    return str(choice["api_key"]) if choice["api_key"] != "" else "none"


def own_key_of(choice: Choice) -> str | None:
    """None where other credentials count."""
    return str(choice["api_key"]) if choice["api_key"] != "" else None


def url_of(choice: Choice) -> str:
    """Never empty: the clients would then take one from the environment."""
    return str(choice["base_url"] or KNOWN[choice["provider"]].usual_url)


def _openai_compatible(choice: Choice) -> Connection:
    from openai import AsyncOpenAI
    from pydantic_ai.providers import infer_provider_class

    url = url_of(choice).rstrip("/")
    if choice["provider"] in {"ollama", "heroku"} and not url.endswith("/v1"):
        url = f"{url}/v1"
    http = new_client()
    client = telling(AsyncOpenAI(base_url=url, api_key=key_of(choice), http_client=http))
    made: Any = _at_its_client(infer_provider_class(choice["provider"]))
    return Connection(provider=made(openai_client=client), close=http.aclose)


@cache
def _at_its_client(base: Any) -> Any:
    """Some of them name their usual address whatever their client asks; it is shown, and prices go by it."""

    class AtItsClient(base):  # type: ignore[misc]
        """Where its client asks."""

        @property
        def base_url(self) -> str:
            return str(self.client.base_url)

    return AtItsClient


def _local(choice: Choice) -> Connection:
    from stigmerd.agents.models.local.connection import local_provider

    http = new_client()
    provider, server = local_provider(choice, http)

    async def close() -> None:
        await server.stop()
        await http.aclose()

    return Connection(provider=provider, close=close)


def _azure(choice: Choice) -> Connection:
    from pydantic_ai.providers.azure import AzureProvider

    http = new_client()
    endpoint, version = url_of(choice).rstrip("/"), choice["more"].get("OPENAI_API_VERSION")
    if endpoint.endswith("/v1"):
        version = None
    elif version is None:  # the API without versions
        endpoint = f"{endpoint}/openai/v1"
    provider = AzureProvider(
        azure_endpoint=endpoint, api_version=version, api_key=key_of(choice), http_client=http
    )
    telling(provider.client)
    return Connection(provider=provider, close=http.aclose)


def _anthropic(choice: Choice) -> Connection:
    from anthropic import AsyncAnthropic
    from pydantic_ai.providers.anthropic import AnthropicProvider

    http = new_client()
    client = AsyncAnthropic(api_key=key_of(choice), base_url=url_of(choice), http_client=http)
    return Connection(provider=AnthropicProvider(anthropic_client=telling(client)), close=http.aclose)


def _google(choice: Choice) -> Connection:
    from pydantic_ai.providers.google import GoogleProvider

    http = new_client()
    provider = GoogleProvider(api_key=key_of(choice), base_url=url_of(choice), http_client=http)
    return Connection(provider=provider, close=http.aclose)


def _google_cloud(choice: Choice) -> Connection:
    from pydantic_ai.providers.google_cloud import GoogleCloudProvider

    http, more = new_client(), choice["more"]
    credentials = None
    if file := more.get("GOOGLE_APPLICATION_CREDENTIALS"):
        google_auth: Any = import_module("google.auth")
        credentials, _ = google_auth.load_credentials_from_file(file)
    made: Any = GoogleCloudProvider
    provider = made(
        api_key=own_key_of(choice),
        credentials=credentials,
        project=more.get("GOOGLE_CLOUD_PROJECT"),
        location=more.get("GOOGLE_CLOUD_LOCATION"),
        base_url=choice["base_url"] or None,
        http_client=http,
    )
    return Connection(provider=provider, close=http.aclose)


def _groq(choice: Choice) -> Connection:
    from pydantic_ai.providers.groq import GroqProvider

    http = new_older_client()
    provider = GroqProvider(api_key=key_of(choice), base_url=url_of(choice), http_client=http)
    telling(provider.client)
    return Connection(provider=provider, close=http.aclose)


def _mistral(choice: Choice) -> Connection:
    from pydantic_ai.providers.mistral import MistralProvider

    http = new_client()
    provider = MistralProvider(api_key=key_of(choice), base_url=url_of(choice), http_client=http)
    return Connection(provider=provider, close=http.aclose)


def _cohere(choice: Choice) -> Connection:
    from cohere import AsyncClientV2
    from pydantic_ai.providers.cohere import CohereProvider

    http = new_older_client()
    client = AsyncClientV2(api_key=key_of(choice), base_url=url_of(choice), httpx_client=http)
    return Connection(provider=CohereProvider(cohere_client=client), close=http.aclose)


def _xai(choice: Choice) -> Connection:
    """It speaks gRPC."""
    from pydantic_ai.providers.xai import XaiProvider
    from xai_sdk import AsyncClient

    url = url_of(choice)
    parts = urlsplit(url if "://" in url else f"https://{url}")
    client = AsyncClient(
        api_key=key_of(choice), api_host=parts.netloc, use_insecure_channel=parts.scheme == "http"
    )
    return Connection(provider=XaiProvider(xai_client=client), close=client.close)


def _huggingface(choice: Choice) -> Connection:
    from huggingface_hub import AsyncInferenceClient
    from pydantic_ai.providers.huggingface import HuggingFaceProvider

    client = AsyncInferenceClient(api_key=key_of(choice), base_url=choice["base_url"] or None)
    return Connection(
        provider=HuggingFaceProvider(hf_client=client, api_key=key_of(choice)), close=client.close
    )


def _bedrock(choice: Choice) -> Connection:
    from anyio.to_thread import run_sync
    from pydantic_ai.providers.bedrock import BedrockProvider

    more = choice["more"]
    settings: dict[str, Any] = {
        "api_key": own_key_of(choice),
        "base_url": choice["base_url"] or None,
        "region_name": more.get("AWS_REGION") or more.get("AWS_DEFAULT_REGION"),
        "profile_name": more.get("AWS_PROFILE"),
        "aws_access_key_id": more.get("AWS_ACCESS_KEY_ID"),
        "aws_secret_access_key": more.get("AWS_SECRET_ACCESS_KEY"),
        "aws_session_token": more.get("AWS_SESSION_TOKEN"),
    }
    provider = BedrockProvider(**settings)

    async def close() -> None:
        await run_sync(provider.client.close)

    return Connection(provider=provider, close=close)
