"""What keeps a backend from running."""

from __future__ import annotations


class DaemonError(Exception):
    """`message` says what and where, `hint` what to try; `code` is for `stigmer explain`."""

    def __init__(self, message: str, hint: str = "", *, code: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
