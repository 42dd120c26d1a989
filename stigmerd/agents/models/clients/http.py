"""HTTP clients for providers: they keep no cookies, and tell who makes a request what becomes of it."""

from __future__ import annotations

from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final

from stigmerd.agents.models.clients.listening import begin
from stigmerd.exchanges.http import record_client

if TYPE_CHECKING:
    import httpx2

MOST: Final = 100  # connections to one provider
KEPT_SECONDS: Final = 90  # so long the next run, after the next save, needs no handshake


def new_client() -> httpx2.AsyncClient:
    """For one provider, address and key."""
    import httpx2
    from pydantic_ai.models import create_async_httpx2_client

    limits = httpx2.Limits(
        max_connections=MOST, max_keepalive_connections=MOST, keepalive_expiry=KEPT_SECONDS
    )
    return _ours(create_async_httpx2_client(limits=limits))  # type: ignore[no-any-return]


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
