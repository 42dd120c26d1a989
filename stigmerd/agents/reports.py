"""What the agent process says about one execution, masked: ready to be stored."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from stigmer_api.devloop_pb2 import Note
from stigmerd.agents.frames import Message
from stigmerd.agents.job import Job
from stigmerd.executions.masking import mask_record
from stigmerd.executions.records import Record, RecordCodec
from stigmerd.store.json import Written, long_dumps

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedReport:
    """What the agent process said, ready to be stored."""

    records: tuple[Record, ...]
    conversation: Written | None = None
    unmasked: Written | None = None  # where there was something to mask


def masked_report(message: Message, job: Job) -> MaskedReport:
    """Masks a report of the agent process. Takes long: for another thread."""
    records = tuple(
        mask_record(RecordCodec.decode(name, values), job.masker) for name, values in message["records"]
    )
    conversation = message["conversation"]
    if conversation is None:
        return MaskedReport(records=records)
    hidden = job.masker.json(conversation)
    return MaskedReport(
        records=records,
        conversation=Written(long_dumps(hidden)),
        unmasked=Written(long_dumps(conversation)) if hidden != conversation else None,
    )


def told_note(message: Message) -> Note | None:
    """None: a note that this version does not know, of an agent process that was installed meanwhile."""
    try:
        return Note(**message["note"])
    except UnicodeEncodeError:  # halves of surrogate pairs, out of a model's text
        text = json.dumps(message["note"], ensure_ascii=False)
        return Note(**json.loads(text.encode("utf-8", "replace")))
    except (ValueError, TypeError) as error:
        logger.warning("a note is not understood: %s", error)
        return None
