"""Where a model is asked: its address without what is secret in it, and the proxy on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from stigmer_api.model_providers import KNOWN

PORTS = {"http": 80, "https": 443}


def asked_url(error: BaseException, choice: Mapping[str, str]) -> str:
    """Of the request that failed, else of the model."""
    try:
        request = getattr(error.__cause__, "request", None)
    except RuntimeError:  # some libraries' errors have none, and say so in this way
        request = None
    url = str(getattr(request, "url", "") or "")
    return public(url or base_of(choice))


def base_of(choice: Mapping[str, str]) -> str:
    """What the paths of the provider's API are below."""
    known = KNOWN.get(choice["provider"])
    base = (choice["base_url"] or (known.usual_url if known else "")).rstrip("/")
    if choice["provider"] == "ollama" and not base.endswith("/v1"):
        base = f"{base}/v1"
    return base


def host_of(choice: Mapping[str, str]) -> str:
    return public(base_of(choice))


def public(url: str) -> str:
    """Without user, password and parameters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def plain(url: str) -> str:
    """The same text for the same address: in small letters, with its port, without a slash at the end."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or PORTS.get(parts.scheme.lower())
    except ValueError:
        return url
    host = f"{(parts.hostname or '').lower()}:{port}"
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}?{parts.query}"


def proxy_of(url: str) -> tuple[str, str] | None:
    """The proxy that the environment puts before this address, and the variable that says so."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    for scheme in (parts.scheme, "all"):
        if proxy := getproxies_environment().get(scheme):
            names = (f"{scheme}_proxy".upper(), f"{scheme}_proxy")
            return public(proxy), next((name for name in names if os.environ.get(name)), names[0])
    return None


def through_proxy(url: str) -> str:
    """`through the proxy http://proxy:3128 (HTTPS_PROXY)`, or nothing."""
    proxy = proxy_of(url)
    return f"through the proxy {proxy[0]} ({proxy[1]})" if proxy else ""
