"""Where a backend is, and how to be let in."""

from __future__ import annotations

from runcmd.frozen import Frozen


class Address(Frozen):
    """Where a backend listens, and how to be let in."""

    target: str  # "unix:/path" or "host:port"
    token: str | None = None
    tls: bool = False
    started: bool = False  # by us, just now
    ours: bool = False  # whoever connects again starts it again
    description: str = ""
    missing: str = ""  # of what it had stored, in a sentence

    def __repr__(self) -> str:
        return f"Address({self.target!r})"
