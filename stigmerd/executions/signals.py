"""A signal that waits for a task to take it."""

from __future__ import annotations

from dataclasses import dataclass

from stigmerd.process.long_json import loads
from stigmerd.store.json import Json
from stigmerd.store.vault import ENCRYPTED, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSignal:
    number: int
    text: str  # the payload as it is stored: JSON, encrypted if the execution has secrets
    name: str  # bound to the encrypted value
    vault: Vault

    def payload(self) -> Json:
        """Raises VaultError."""
        found = loads(self.text)
        if isinstance(found, str) and found.startswith(ENCRYPTED):
            return loads(self.vault.decrypt(found, name=self.name))
        return found
