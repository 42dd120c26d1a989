"""How a display name becomes a slug. SDKs and servers differ in what they do with other characters."""

from __future__ import annotations

import re


def sdk_slug(name: str) -> str:
    """The SDKs' rule: other characters become hyphens."""
    return _single_hyphens(re.sub(r"[^A-Za-z0-9 -]", "-", name).replace(" ", "-").lower())


def server_slug(name: str) -> str:
    """The servers' rule: other characters are dropped."""
    return _single_hyphens(re.sub(r"[^a-z0-9-]", "", name.lower().replace(" ", "-")))


def _single_hyphens(text: str) -> str:
    return re.sub(r"-+", "-", text).strip("-")
