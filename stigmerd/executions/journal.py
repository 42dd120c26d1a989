"""The results of what an execution asked of the world, each under its key."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterable
from typing import Literal

from stigmerd.executions.limits import too_much_kept
from stigmerd.store.journal import JournalTable, Missing
from stigmerd.store.json import Json, dumps
from stigmerd.store.vault import Vault

SMALL_BYTES = 1 << 14  # for what is not longer there is always room


class Journal:
    """The results of one execution's effects, each under its key. Values are masked by the caller."""

    def __init__(self, table: JournalTable, vault: Vault, execution_id: str, most_bytes: int) -> None:
        self._table = table
        self._vault = vault
        self._execution_id = execution_id
        self._most_bytes = most_bytes
        self._sizes: dict[str, int] | None = None
        self._bytes = 0

    def get(self, key: str) -> Json | Literal[Missing.MISSING]:
        return self._table.get(self._execution_id, key)

    def put(self, key: str, value: Json) -> None:
        """Durable when it returns. Raises KeyError when the execution was deleted, TooMuch when it is full.

        There is always room for what is small: how something failed must be known at a replay, too.
        """
        self._put(key, dumps(value))

    def get_bytes(self, key: str) -> bytes | Literal[Missing.MISSING]:
        """What `put_bytes` kept: a text in base64, which is quicker than JSON."""
        text = self._table.text(self._execution_id, key)
        return text if text is Missing.MISSING else binascii.a2b_base64(text)

    def put_bytes(self, key: str, value: bytes) -> None:
        """As `put`."""
        self._put(key, f'"{binascii.b2a_base64(value, newline=False).decode("ascii")}"')

    def get_encrypted(self, key: str) -> Json | Literal[Missing.MISSING]:
        """What `put_encrypted` kept. Raises VaultError."""
        encrypted = self.get(key)
        if encrypted is Missing.MISSING:
            return encrypted
        return json.loads(self._vault.decrypt(str(encrypted), name=self._bound_to(key)))

    def put_encrypted(self, key: str, value: Json) -> None:
        """As `put`, for what holds secrets."""
        self.put(key, self._vault.encrypt(dumps(value), name=self._bound_to(key)))

    def adopt(self, source: str, keys: Iterable[str]) -> None:
        """Takes over what another execution has under these keys. Raises KeyError as `put` does."""
        self._table.copy(source, self._execution_id, keys)
        self._sizes = None

    def keys(self) -> list[str]:
        return self._table.keys(self._execution_id)

    def _bound_to(self, key: str) -> str:
        return f"{self._execution_id}/{key}"

    def _put(self, key: str, text: str) -> None:
        if self._sizes is None:
            self._sizes = self._table.sizes(self._execution_id)
            self._bytes = sum(self._sizes.values())
        more = len(text) - self._sizes.get(key, 0)
        if self._bytes + more > self._most_bytes and len(text) > SMALL_BYTES:
            raise too_much_kept(self._most_bytes)
        self._table.put(self._execution_id, key, text)
        self._sizes[key] = len(text)
        self._bytes += more
