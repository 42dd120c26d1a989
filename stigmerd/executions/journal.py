"""The results of what an execution asked of the world, each under its key."""

from __future__ import annotations

import binascii
from typing import Literal

from stigmerd.executions.limits import too_much_kept
from stigmerd.store.events import EventLog, Missing, dumps
from stigmerd.store.json import Json

SMALL_BYTES = 1 << 14  # for what is not longer there is always room


class Journal:
    """The results of one execution's effects, each under its key. Values are masked by the caller."""

    def __init__(self, events: EventLog, execution_id: str, most_bytes: int) -> None:
        self._events = events
        self._execution_id = execution_id
        self._most_bytes = most_bytes
        self._sizes: dict[str, int] | None = None
        self._bytes = 0

    def get(self, key: str) -> Json | Literal[Missing.MISSING]:
        return self._events.journal_get(self._execution_id, key)

    def put(self, key: str, value: Json) -> None:
        """Durable when it returns. Raises KeyError when the execution was deleted, TooMuch when it is full.

        There is always room for what is small: how something failed must be known at a replay, too.
        """
        self._put(key, dumps(value))

    def get_bytes(self, key: str) -> bytes | Literal[Missing.MISSING]:
        """What `put_bytes` kept: a text in base64, which needs no look at each of its characters."""
        text = self._events.journal_text(self._execution_id, key)
        return text if text is Missing.MISSING else binascii.a2b_base64(text)

    def put_bytes(self, key: str, value: bytes) -> None:
        """As `put`."""
        self._put(key, f'"{binascii.b2a_base64(value, newline=False).decode("ascii")}"')

    def _put(self, key: str, text: str) -> None:
        if self._sizes is None:
            self._sizes = self._events.journal_sizes(self._execution_id)
            self._bytes = sum(self._sizes.values())
        more = len(text) - self._sizes.get(key, 0)
        if self._bytes + more > self._most_bytes and len(text) > SMALL_BYTES:
            raise too_much_kept(self._most_bytes)
        self._events.journal_put(self._execution_id, key, text)
        self._sizes[key] = len(text)
        self._bytes += more

    def keys(self) -> list[str]:
        return self._events.journal_keys(self._execution_id)
