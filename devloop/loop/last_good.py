"""In a conversation, what could be deployed last answers while the code is broken."""

from __future__ import annotations

from devloop.changes.fingerprint import Fingerprint, difference
from devloop.loop.edition import Version
from devloop.loop.prepare import Prepared
from runcmd.errors import RunError


class LastGood:
    """Remembers what was tried last, and what was deployed last."""

    def __init__(self) -> None:
        self._deployed: Prepared | None = None
        self._tried: tuple[Prepared, Version] | None = None

    def tries(self, prepared: Prepared, version: Version) -> None:
        """It is about to be deployed."""
        self._update()
        self._tried = prepared, version

    def instead(self, prepared: Prepared, files: Fingerprint) -> tuple[Prepared, RunError] | None:
        """What answers instead, and why; None: nothing is known to be wrong, or nothing was deployed yet."""
        self._update()
        error = prepared.error or self._refusal(files)
        if error is None or self._deployed is None:
            return None
        return self._deployed, error

    def _refusal(self, files: Fingerprint) -> RunError | None:
        """Of the backend, of the same files."""
        if self._tried is None:
            return None
        _, version = self._tried
        return version.refused if not difference(version.files, files) else None

    def _update(self) -> None:
        if self._tried is not None and self._tried[1].deployed:
            self._deployed = self._tried[0]
