"""What is at the address of a model: which models it has, or a web page."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from stigmer_api.bodies import page_in_short
from stigmerd.agents.models.address import base_of, public

PATIENT_SECONDS = 3
MOST_BYTES = 1 << 20
MOST_SHOWN = 8


async def models_at(choice: Mapping[str, str]) -> list[str]:
    """The names that the provider lists; none where it does not tell."""
    below = "/v1/models" if choice["provider"] == "anthropic" else "/models"
    kind, text = await _fetched(f"{base_of(choice)}{below}", choice)
    if "json" not in kind:
        return []
    try:
        listed = json.loads(text)["data"]
        return [str(each["id"]) for each in listed]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []


async def page_at(choice: Mapping[str, str]) -> str:
    """`http://here/v1 is a web page (Welcome: to nginx)`; nothing where it is none."""
    kind, text = await _fetched(base_of(choice), choice)
    return f"{public(base_of(choice))} is a web page ({page_in_short(text)})" if "html" in kind else ""


def choosing(name: str, names: list[str]) -> str:
    """The nearest of them first."""
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f'did you mean "{nearest[0]}"? ' if nearest else ""
    others = sorted(set(names) - set(nearest))[:MOST_SHOWN]
    more = len(set(names)) - len(nearest) - len(others)
    return f"{guess}it has {', '.join([*nearest, *others])}{f' and {more} more' if more else ''}"


async def _fetched(url: str, choice: Mapping[str, str]) -> tuple[str, str]:
    """The kind of content and the text; empty when nothing comes."""
    import httpx2

    key = choice["api_key"]
    headers: dict[str, Any] = {"authorization": f"Bearer {key}"} if key != "" else {}
    if choice["provider"] == "anthropic":
        headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    try:
        async with (
            httpx2.AsyncClient(timeout=PATIENT_SECONDS) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            data = b""
            async for each in answer.aiter_bytes():
                data += each
                if len(data) > MOST_BYTES:
                    break
            return answer.headers.get("content-type", ""), data.decode(errors="replace")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return "", ""
