"""Tokens of MCP servers, encrypted: one file for all that is known of one server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from key_value.aio._utils.managed_entry import ManagedEntry
from key_value.aio.stores.base import BaseStore

from stigmerd.agents.mcp.oauth.place import SUFFIX, Logins
from stigmerd.store.secret_files import read_whole, write_whole
from stigmerd.store.vault import VaultError


class LoginStore(BaseStore):
    """Of one server. What the library stores under several keys stays together, and goes together."""

    def __init__(self, logins: Logins, url: str) -> None:
        super().__init__(stable_api=True)
        self._url = url
        self._vault = logins.vault()
        self.file = logins.file_of(url)

    def read(self) -> dict[str, Any]:
        """Empty: nothing is known. Raises VaultError, OSError."""
        try:
            sealed = read_whole(self.file).decode()
        except FileNotFoundError:
            return {}
        known: dict[str, Any] = json.loads(self._vault.decrypt(sealed, name=SUFFIX))
        return known

    def write(self, known: dict[str, Any]) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed = self._vault.encrypt(json.dumps({**known, "url": self._url}), name=SUFFIX)
        write_whole(self.file, sealed.encode())

    def forget(self) -> bool:
        """Whether there was anything."""
        known = self.file.exists()
        self.file.unlink(missing_ok=True)
        return known

    async def _get_managed_entry(self, *, collection: str, key: str) -> ManagedEntry | None:
        text = self.read().get(f"{collection} {key}")
        return None if text is None else self._serialization_adapter.load_json(json_str=text)

    async def _put_managed_entry(self, *, collection: str, key: str, managed_entry: ManagedEntry) -> None:
        text = self._serialization_adapter.dump_json(entry=managed_entry, key=key, collection=collection)
        self.write({**self.read(), f"{collection} {key}": text})

    async def _delete_managed_entry(self, *, key: str, collection: str) -> bool:
        known = self.read()
        if known.pop(f"{collection} {key}", None) is None:
            return False
        self.write(known)
        return True


def urls(logins: Logins) -> Iterator[str]:
    """Of the servers that somebody has logged in at. What another key has encrypted is left out."""
    for file in sorted(logins.folder.glob(f"*{SUFFIX}")):
        try:
            known = json.loads(logins.vault().decrypt(read_whole(file).decode(), name=SUFFIX))
        except (VaultError, OSError, ValueError):
            continue
        yield str(known["url"])
