"""Where a backend is, and how to be let in."""

from __future__ import annotations

from runcmd.frozen import Frozen


class Address(Frozen):
    """Where a backend listens, and how to be let in."""

    target: str  # "unix:/path" or "host:port"
    token: str | None = None
    tls: bool = False
    ca_file: str = ""  # whose certificate counts with TLS; empty: that of anybody whom the system trusts
    started: bool = False  # by us, just now
    ours: bool = False  # whoever connects again starts it again
    description: str = ""
    missing: str = ""  # of what it had stored, in a sentence
    local: bool = False  # our own, in the background of this machine: its log and its state are here
    option: str = ""  # with which another command finds it, where nothing else leads there: `--server ADDR`

    def command(self, *words: str) -> str:
        """What to type for another command to this backend."""
        return " ".join(("stigmer", *words, self.option)).rstrip()

    def __repr__(self) -> str:
        return f"Address({self.target!r})"
