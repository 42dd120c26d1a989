"""Signals to an execution: kept until a task takes them."""

from __future__ import annotations

from dataclasses import dataclass

from stigmerd.executions.limits import RecordLimits, TooMuch
from stigmerd.executions.secrets import ExecutionSecrets
from stigmerd.process.long_json import loads
from stigmerd.store.json import Json, dumps
from stigmerd.store.signals import SignalTable
from stigmerd.store.vault import ENCRYPTED, Vault
from stigmerd.workflow.held import in_mebibytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSignal:
    """One signal that no task has taken yet."""

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


class SignalQueue:
    """The signals of all executions, the oldest first."""

    def __init__(
        self, table: SignalTable, vault: Vault, secrets: ExecutionSecrets, limits: RecordLimits
    ) -> None:
        self._table = table
        self._vault = vault
        self._secrets = secrets
        self._limits = limits

    def add(self, execution_id: str, signal_id: str, payload: Json) -> None:
        """Stores a signal, encrypted if the execution has secrets. Raises KeyError, TooMuch."""
        number, size = self._table.waiting(execution_id)
        if number >= self._limits.signals or size >= self._limits.signal_bytes:
            raise TooMuch(
                f"{number} signals ({in_mebibytes(size)}) wait for a task that takes them: "
                "send the next one when it has"
            )
        text = dumps(payload)
        if text.startswith(f'"{ENCRYPTED}') or self._secrets.masker(execution_id):
            text = dumps(self._vault.encrypt(text, name=_bound_to(execution_id, signal_id)))
        self._table.add(execution_id, signal_id, text)

    def oldest(self, execution_id: str, signal_id: str) -> WaitingSignal | None:
        """The oldest signal with this id. It stays until it is dropped."""
        found = self._table.oldest(execution_id, signal_id)
        if found is None:
            return None
        number, text = found
        return WaitingSignal(
            number=number, text=text, name=_bound_to(execution_id, signal_id), vault=self._vault
        )

    def drop(self, signal: WaitingSignal) -> bool:
        """Removes it for the task that takes it. False: another task was quicker."""
        return self._table.drop(signal.number)


def _bound_to(execution_id: str, signal_id: str) -> str:
    return f"{execution_id}/signal/{signal_id}"
