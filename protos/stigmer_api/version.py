"""Which version is this? Every command reads it, so it imports nothing."""

from __future__ import annotations

VERSION = "0.1.0"  # of the distribution; a test compares
PROTOCOL = 1  # raised when an older client must not talk to a newer backend
