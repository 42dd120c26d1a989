"""HTTP clients for providers: they keep no cookies, and tell who makes a request what becomes of it."""

from __future__ import annotations

from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from stigmerd.agents.models.clients.listening import begin
from stigmerd.exchanges.http import record_client

if TYPE_CHECKING:
    import httpx2


def new_client() -> httpx2.AsyncClient:
    """For one provider, address and key."""
    from pydantic_ai.models import create_async_httpx2_client

    client = create_async_httpx2_client()
    return _ours(client)  # type: ignore[no-any-return]


def new_older_client() -> Any:
    """One of `httpx`, for libraries that want that."""
    from pydantic_ai.models import create_async_http_client

    return _ours(create_async_http_client())


def _ours(client: Any) -> Any:
    client.cookies = CookieJar(policy=_no_cookies())
    record_client(client, begin)
    return client


@cache
def _no_cookies() -> DefaultCookiePolicy:
    """What one execution is sent, another one must not bring back."""
    return DefaultCookiePolicy(allowed_domains=[])
