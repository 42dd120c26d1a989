"""Keys and tokens that nobody declared secret, known by where they stand or how they begin."""

from __future__ import annotations

import re
from functools import lru_cache
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

_FIELD: Final = re.compile(
    rf'(?P<head>(?P<level>\\*)"[\w-]*(?:{_NAMES})(?P=level)"\s*:\s*(?P=level)")'
    r'(?:[^"\\]|\\.)*?(?=(?P=level)"|\Z)',
    re.IGNORECASE | re.DOTALL,
)
_SHORT_FIELD: Final = re.compile(
    rf'(?P<head>(?P<level>\\*)"(?:{_SHORT_NAMES})(?P=level)"\s*:\s*(?P=level)")[\w.~+/=-]{{16,}}',
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(
    rf"(?P<head>(?:^|[?&;\s])(?:[\w-]*(?:{_NAMES})|x-amz-signature|x-goog-signature)=)[^&;\s\"']+",
    re.IGNORECASE,
)
_SHORT_PARAMETER: Final = re.compile(
    rf"(?P<head>(?:^|[?&])(?:{_SHORT_NAMES}|code)=)[^&;\s\"']{{8,}}", re.IGNORECASE
)
_BEARER: Final = re.compile(r"(?P<head>\bbearer\s+)(?=[^\s\"]*\d)[\w.~+/=-]{8,}", re.IGNORECASE)
_BEGINNINGS: Final = ("sk-", "ghp_", "gho_", "github_pat_", "xox", "AKIA", "AIza", "eyJ", "glpat-")
_KEY: Final = re.compile(
    r"\b(?P<head>)(?:sk-[\w-]{16,}|gh[po]_\w{20,}|github_pat_\w{20,}|xox[a-z]-[\w-]{10,}|AKIA[A-Z0-9]{16}"
    r"|AIza[\w-]{30,}|glpat-[\w-]{16,}|eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*)"
)
_HEADER: Final = re.compile(
    r"authorization|cookie|(?:^|[-_])(?:token|secret|password|key|apikey|credentials?|signature)$",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"(?:Bearer|Basic|Token|Digest|ApiKey)(?= )", re.IGNORECASE)


def redacted(text: str) -> str:
    """A text without what looks like a key: in JSON, also twice encoded, a form, an address, prose."""
    small = text.lower()
    named = any(part in small for part in PARTS)
    if named and any(name in small for name in NAMES):
        text = _FIELD.sub(_masked, text)
    if named and any(f'{name}"' in small or f"{name}\\" in small for name in SHORT_NAMES):
        text = _SHORT_FIELD.sub(_masked, text)
    if "=" in text:
        text = _SHORT_PARAMETER.sub(_masked, _PARAMETER.sub(_masked, text))
    if "bearer" in small:
        text = _BEARER.sub(_masked, text)
    if any(beginning in text for beginning in _BEGINNINGS):
        text = _KEY.sub(_masked, text)
    return text


@lru_cache(KEPT)
def redacted_header(name: str, value: str) -> str:
    """`authorization` keeps its scheme: `Bearer ***`."""
    if not _HEADER.search(name):
        return redacted(value)
    scheme = _SCHEME.match(value)
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


def _masked(found: re.Match[str]) -> str:
    return f"{found['head']}{MASK}"
