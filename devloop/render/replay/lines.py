"""The lines of a transcript, read one after the other."""

from __future__ import annotations

import json
from datetime import datetime

from devloop.loop.events import LoopEvent
from devloop.render.replay.decode import Decoder, UnknownEventError
from runcmd.errors import UsageError
from runcmd.events import Event
from runcmd.frozen import Frozen


class TranscriptLine(Frozen):
    """One event, and where it belongs."""

    at: datetime | None  # when it happened
    gen: int | None  # only of a watch loop
    target: str  # only where a command ran several
    event: Event | LoopEvent


class TranscriptReader:
    """Takes the lines of a transcript, first to last. What is of a newer version is left out, and counted."""

    def __init__(self, name: str) -> None:
        """`name`: of the file, for errors."""
        self.left_out = 0
        self._name = name
        self._number = 0
        self._decoder = Decoder()

    def read(self, text: bytes) -> TranscriptLine | None:
        """None: it says nothing, is of a newer version, or is the last one and torn.

        Raises:
            UsageError: this is no transcript.
        """
        self._number += 1
        if not text.strip():
            return None
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            if self._number > 1 and not text.endswith(b"\n"):
                return None
            raise self._wrong("is not JSON") from error
        if not isinstance(record, dict) or not isinstance(record.get("event"), str):
            raise self._wrong("is no event")
        try:
            return self._line(record)
        except UnknownEventError:
            self.left_out += 1
            return None

    def _line(self, record: dict[str, object]) -> TranscriptLine:
        gen, target = record.get("gen"), record.get("target")
        event = self._decoder.event(record)
        return TranscriptLine(
            at=_time(record.get("at")),
            gen=gen if type(gen) is int else None,
            target=target if isinstance(target, str) and not isinstance(event, LoopEvent) else "",
            event=event,
        )

    def _wrong(self, what: str) -> UsageError:
        return UsageError(
            f"{self._name}:{self._number} {what}: this is no transcript",
            code="E0193",
            hint="give a file that --save-transcript or `-o json` wrote",
        )


def _time(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
