"""A provider of pydantic-ai whose requests go to the process with the model, wherever that listens."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers import Provider

from stigmerd.agents.models.local.server import LocalServer

PLACE: Final = "http://127.0.0.1/v1"  # the port is known when the model is loaded
# Models of this size do not call tools; answers of a declared form they give in a grammar's bounds.
PROFILE: Final = ModelProfile(
    supports_tools=False,
    supports_json_schema_output=True,
    supports_json_object_output=True,
    default_structured_output_mode="native",
)


def local_provider(choice: Mapping[str, Any], http: Any) -> tuple[Provider[Any], LocalServer]:
    """Raises ImportError without the library."""
    from openai import AsyncOpenAI
    from pydantic_ai.providers.openai import OpenAIProvider

    if find_spec("xllamacpp") is None:
        raise ImportError("xllamacpp")
    server = LocalServer(Path(choice["base_url"]))

    async def find(request: Any) -> None:
        host, port = await server.address()
        request.url = request.url.copy_with(host=host, port=port)
        request.headers["Host"] = f"{host}:{port}"

    http.event_hooks["request"] = [find, *http.event_hooks.get("request", ())]
    client = AsyncOpenAI(base_url=PLACE, api_key=server.key, http_client=http, max_retries=0)
    return OpenAIProvider(openai_client=client), server
