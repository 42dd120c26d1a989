"""The texts an execution starts with: masked in its row, whole and encrypted in its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmerd.executions.journal import Journal
from stigmerd.executions.live import Execution
from stigmerd.executions.masking import Masker
from stigmerd.store.journal import Missing

JOURNAL_KEY: Final = "services/told"  # of the encrypted texts, by field
METADATA: Final = "trigger_metadata/"


def hide(message: Execution, masker: Masker) -> dict[str, str]:
    """Masks the texts in place; gives those that it changed, in clear."""
    clear = texts_of(message)
    shown = {name: masker.text(text) for name, text in clear.items()}
    hidden = {name: text for name, text in clear.items() if shown[name] != text}
    write(message, {name: shown[name] for name in hidden})
    return hidden


def texts_of(message: Execution) -> dict[str, str]:
    if isinstance(message, AgentExecution):
        return {"message": message.spec.message}
    texts = {f"{METADATA}{name}": text for name, text in message.spec.trigger_metadata.items()}
    return {**texts, "trigger_message": message.spec.trigger_message}


def write(message: Execution, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if isinstance(message, AgentExecution):
            message.spec.message = text
        elif name.startswith(METADATA):
            message.spec.trigger_metadata[name.removeprefix(METADATA)] = text
        else:
            message.spec.trigger_message = text


def hidden_in(journal: Journal) -> dict[str, str]:
    """What `hide` gave, as it was kept. Raises VaultError."""
    found = journal.get_encrypted(JOURNAL_KEY)
    return {} if found is Missing.MISSING else dict(found)
