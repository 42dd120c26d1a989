"""The files that were given with the message of an execution: kept beside it, gone with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from stigmer_api.attachments import ATTACHMENTS_ANNOTATION, Attachment, with_data
from stigmerd.executions.journal import Journal
from stigmerd.store.journal import Missing
from stigmerd.store.json import Json

KEY = "agent/attachments"  # encrypted: a file may hold anything


def keep_attachments(journal: Journal, attachments: Iterable[Attachment]) -> None:
    journal.put_encrypted(KEY, [with_data(each) for each in attachments])


def attachments_of(journal: Journal) -> list[Json]:
    """As `stigmer_api.attachments` has them in JSON; none were given, none are there."""
    kept = journal.get_encrypted(KEY)
    return [] if kept is Missing.MISSING else list(kept)


def said_files(annotations: Mapping[str, str]) -> dict[str, Json]:
    """For the metadata of the user's message: names, kinds and sizes; nothing where there are no files."""
    text = annotations.get(ATTACHMENTS_ANNOTATION, "")
    return {"attachments": json.loads(text)} if text else {}
