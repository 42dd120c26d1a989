"""Has an execution ended, and if not, end it now."""

from __future__ import annotations

import logging
import traceback

from stigmer_api.facts import is_terminal
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Ended
from stigmerd.store.clock import now
from stigmerd.store.errors import StoreError
from stigmerd.store.vault import VaultError

logger = logging.getLogger(__name__)


class Endings:
    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def has_ended(self, execution_id: str) -> bool:
        """Raises KeyError."""
        return is_terminal(self._executions.get(execution_id).status.phase)

    def is_deleted(self, execution_id: str) -> bool:
        try:
            self._executions.kind(execution_id)
        except KeyError:
            return True
        except StoreError:
            return False
        return False

    def end(self, execution_id: str, phase: str, error: str) -> None:
        """Unless it has ended already. Raises StoreError, KeyError."""
        if not self.has_ended(execution_id):
            self._executions.record(execution_id, Ended(phase=phase, output=None, error=error, at=now()))

    def end_if_possible(self, execution_id: str, phase: str, error: str) -> None:
        try:
            self.end(execution_id, phase, error)
        except KeyError:
            logger.debug("%s was deleted", execution_id)
        except StoreError as trouble:
            logger.error("the end of %s cannot be stored: %s", execution_id, trouble)

    def traceback_for_log(self, execution_id: str, error: Exception) -> str:
        """Without what must not be shown, which it may quote."""
        text = f"{execution_id}\n{''.join(traceback.format_exception(error))}"
        try:
            return self._executions.secrets.masker(execution_id).text(text)
        except (KeyError, VaultError):  # nobody knows what is secret in it
            return f"{execution_id}: {type(error).__name__}"
