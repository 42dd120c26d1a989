"""The variables of each execution, and the secrets that nobody may see."""

from __future__ import annotations

import json
from collections.abc import Collection

from stigmer_api.messages import copied
from stigmerd.executions.client_env import JOURNAL_KEY, NOTHING, ClientEnv
from stigmerd.executions.live import Execution, LiveExecution
from stigmerd.executions.masking import Masker, masker_of
from stigmerd.executions.registry import LiveExecutions
from stigmerd.executions.variables import Layers, Variables, layers_of
from stigmerd.store.journal import Missing
from stigmerd.store.pruning import CARRIED
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault


class ExecutionSecrets:
    """Variables, secrets and maskers of executions, and the client environments."""

    def __init__(self, store: Store, vault: Vault, live: LiveExecutions) -> None:
        self._store = store
        self._vault = vault
        self._live = live
        self._client_envs: dict[str, ClientEnv] = {}

    def key_for(self, purpose: str) -> bytes:
        """For what is kept outside of the store."""
        return self._vault.key_for(purpose)

    def variables(self, execution_id: str) -> Variables:
        """The variables it sees, merged from template, instance and run.

        Raises KeyError, MissingEnvironment, VaultError.
        """
        return self._layers(self._live.find(execution_id)).merged()

    def values(self, execution_id: str) -> frozenset[str]:
        """All secrets but those of the client's environment, which are stored nowhere. Raises KeyError."""
        return self._layers(self._live.find(execution_id)).secret_values() | self._carried(execution_id)

    def masker(self, execution_id: str) -> Masker:
        """Hides every secret that the execution can see. Raises KeyError."""
        return self.masker_of(self._live.find(execution_id))

    def masker_of(self, live: LiveExecution) -> Masker:
        if live.masker is None:
            client_env = self._client_envs.get(live.id, NOTHING)
            live.masker = masker_of(
                self._layers(live).secret_values() | self._carried(live.id) | client_env.secrets
            )
        return live.masker

    def masker_of_new(self, message: Execution) -> Masker:
        """For one that is not stored yet."""
        encrypted = copied(message)
        self._vault.encrypt_message(encrypted)
        return masker_of(layers_of(self._store, self._vault, encrypted).secret_values())

    def carry(self, execution_id: str, values: Collection[str]) -> None:
        """Adds secrets that are not in its variables: those of its parent, and those that it derived."""
        more = set(values) - self.values(execution_id)
        if more:
            carried = sorted(self._carried(execution_id) | more)
            self._live.journal(execution_id).put_encrypted(CARRIED, carried)
            self._live.find(execution_id).masker = None

    def set_client_env(self, execution_id: str, client_env: ClientEnv) -> None:
        """Kept until its end, or that of this process. Raises KeyError."""
        if not client_env.names and not client_env.place:
            return
        live = self._live.find(execution_id)
        with self._store.transaction():
            self._store.on_rollback(lambda: self.forget(execution_id))
            if client_env.names:  # a lost place is no loss: the backend's own takes its place
                live.journal.put(JOURNAL_KEY, list(client_env.names))
            self._client_envs[execution_id] = client_env
        live.masker = None

    def client_env(self, execution_id: str) -> ClientEnv:
        """Without values when a restart has lost these."""
        known = self._client_envs.get(execution_id)
        if known is None:
            names = self._live.journal(execution_id).get(JOURNAL_KEY)
            known = NOTHING if names is Missing.MISSING else ClientEnv(names=tuple(names))
        return known

    def forget(self, execution_id: str) -> None:
        """Drops its client environment, which is in memory only."""
        self._client_envs.pop(execution_id, None)

    def encrypted_for(self, owner: str, values: Collection[str]) -> str:
        """Secrets as they can be stored for another resource, of this id."""
        return self._vault.encrypt(json.dumps(sorted(values)), name=f"{owner}/{CARRIED}")

    def decrypted_for(self, owner: str, text: str) -> frozenset[str]:
        """What `encrypted_for` gave. Raises VaultError."""
        return frozenset(json.loads(self._vault.decrypt(text, name=f"{owner}/{CARRIED}")))

    def _layers(self, live: LiveExecution) -> Layers:
        if live.layers is None:
            live.layers = layers_of(self._store, self._vault, live.message)
        return live.layers

    def _carried(self, execution_id: str) -> frozenset[str]:
        found = self._live.journal(execution_id).get_encrypted(CARRIED)
        return frozenset() if found is Missing.MISSING else frozenset(found)
