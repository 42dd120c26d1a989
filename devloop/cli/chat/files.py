"""The files that a message in a conversation names with `@`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stigmer_api.attachments import Attachment


def files_in(message: str) -> tuple[Attachment, ...]:
    """Raises UsageError: one cannot be given to an agent."""
    if "@" not in message:
        return ()
    from devloop.cli import dotenv
    from devloop.cli.input.attached import attachments_of, mentioned

    return attachments_of(mentioned(message), dotenv.whole)
