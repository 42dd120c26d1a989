"""Keys and tokens that nobody declared secret, known by where they stand or how they begin."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final
from urllib.parse import urlsplit

from stigmer_api.masking import MASK

KEPT: Final = 500  # headers and addresses: most come again

# As a field of JSON, a field of a form, or a parameter of an address.
NAMES: Final = (
    "access_token", "refresh_token", "id_token", "auth_token", "session_token", "security_token",
    "api_key", "api-key", "apikey", "client_secret", "secret_key", "private_key", "secret_access_key",
    "password", "passwd", "authorization", "accesstoken", "refreshtoken", "clientsecret",
)  # fmt: skip
SHORT_NAMES: Final = ("token", "secret", "key", "signature", "sig")  # only of what looks like one
PARTS: Final = ("token", "key", "secret", "passw", "auth", "sig")  # at least one is in each of them
_NAMES: Final = "|".join(NAMES)
_SHORT_NAMES: Final = "|".join(SHORT_NAMES)

_BEGINNINGS: Final = ("sk-", "ghp_", "gho_", "github_pat_", "xox", "AKIA", "AIza", "eyJ", "glpat-")

FIELD: Final = (
    rf'(?P<head>(?P<level>\\*)"[\w-]*(?:{_NAMES})(?P=level)"\s*:\s*(?P=level)")'
    r'(?:[^"\\]|\\.)*?(?=(?P=level)"|\Z)'
)
SHORT_FIELD: Final = (
    rf'(?P<head>(?P<level>\\*)"(?:{_SHORT_NAMES})(?P=level)"\s*:\s*(?P=level)")[\w.~+/=-]{{16,}}'
)
PARAMETER: Final = (
    rf"(?P<head>(?:^|[?&;\s])(?:[\w-]*(?:{_NAMES})|x-amz-signature|x-goog-signature)=)[^&;\s\"']+"
)
SHORT_PARAMETER: Final = rf"(?P<head>(?:^|[?&])(?:{_SHORT_NAMES}|code)=)[^&;\s\"']{{8,}}"
BEARER: Final = r"(?P<head>\bbearer\s+)(?=[^\s\"]*\d)[\w.~+/=-]{8,}"
KEY: Final = (
    r"\b(?P<head>)(?:sk-[\w-]{16,}|gh[po]_\w{20,}|github_pat_\w{20,}|xox[a-z]-[\w-]{10,}|AKIA[A-Z0-9]{16}"
    r"|AIza[\w-]{30,}|glpat-[\w-]{16,}|eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*)"
)
HEADER: Final = r"authorization|cookie|(?:^|[-_])(?:token|secret|password|key|apikey|credentials?|signature)$"
SCHEME: Final = r"(?:Bearer|Basic|Token|Digest|ApiKey)(?= )"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """At its first use: all of them together would delay a start by some milliseconds."""
    return re.compile(pattern, re.DOTALL if pattern is KEY else re.IGNORECASE | re.DOTALL)


def redacted(text: str) -> str:
    """A text without what looks like a key: in JSON, also twice encoded, a form, an address, prose."""
    small = text.lower()
    named = any(part in small for part in PARTS)
    if named and any(name in small for name in NAMES):
        text = _masked_in(FIELD, text)
    if named and any(f'{name}"' in small or f"{name}\\" in small for name in SHORT_NAMES):
        text = _masked_in(SHORT_FIELD, text)
    if "=" in text:
        text = _masked_in(SHORT_PARAMETER, _masked_in(PARAMETER, text))
    if "bearer" in small:
        text = _masked_in(BEARER, text)
    if any(beginning in text for beginning in _BEGINNINGS):
        text = _masked_in(KEY, text)
    return text


@lru_cache(KEPT)
def redacted_header(name: str, value: str) -> str:
    """`authorization` keeps its scheme: `Bearer ***`."""
    if not _compiled(HEADER).search(name):
        return redacted(value)
    scheme = _compiled(SCHEME).match(value)
    return f"{scheme[0]} {MASK}" if scheme else MASK


@lru_cache(KEPT)
def redacted_url(url: str) -> str:
    """Without a user and password, and without keys among the parameters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return redacted(url)
    whole = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return redacted(whole)


def _masked_in(pattern: str, text: str) -> str:
    return _compiled(pattern).sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    return f"{found['head']}{MASK}"
