"""A chosen model, as one of pydantic-ai's; a provider's library is imported only when it is chosen."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_ai.models import Model

from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.scripted import model as scripted_model


def build(
    choice: Mapping[str, str], *, agent: str, variables: Mapping[str, str], sub_agent: bool = False
) -> Model:
    """Raises AgentProblem."""
    provider = choice["provider"]
    try:
        match provider:
            case "scripted":
                return scripted_model.model(
                    choice["script"],
                    agent=agent,
                    variables=variables,
                    name=choice["name"],
                    sub_agent=sub_agent,
                )
            case "anthropic":
                return anthropic(choice)
            case "openai":
                return openai(choice)
            case "ollama":
                return ollama(choice)
    except ImportError as error:
        extra = "anthropic" if provider == "anthropic" else "openai"
        raise missing(f"the provider {provider}", extra) from error
    raise AgentProblem(f"no provider {provider!r}")


def missing(what: str, extra: str) -> AgentProblem:
    return AgentProblem(
        f"{what} needs a library that is not installed: pip install 'stigmer-devloop[{extra}]'",
        code="E0816",
    )


def anthropic(choice: Mapping[str, str]) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    provider = AnthropicProvider(api_key=key_of(choice), base_url=choice["base_url"] or None)
    return AnthropicModel(choice["name"], provider=provider)


def openai(choice: Mapping[str, str]) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    # Servers at an address of one's own often want no key; the client wants some text.
    provider = OpenAIProvider(base_url=choice["base_url"] or None, api_key=key_of(choice))
    return OpenAIChatModel(choice["name"], provider=provider)


def ollama(choice: Mapping[str, str]) -> Model:
    from pydantic_ai.models.ollama import OllamaModel
    from pydantic_ai.providers.ollama import OllamaProvider

    url = choice["base_url"].rstrip("/")
    url = url if url.endswith("/v1") else f"{url}/v1"
    return OllamaModel(choice["name"], provider=OllamaProvider(base_url=url, api_key=key_of(choice)))


def key_of(choice: Mapping[str, str]) -> str:
    """Never empty: the clients would then take one from the environment."""
    return choice["api_key"] if choice["api_key"] != "" else "none"
