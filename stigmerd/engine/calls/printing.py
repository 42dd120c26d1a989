"""What an activity prints while it runs, told line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stigmer_api.devloop_pb2 import Note
from stigmerd.children.printing import Printing
from stigmerd.engine.interfaces import CallContext
from stigmerd.process.lines import PrintedLines

STREAMS: Final = ("stdout", "stderr")


def printing(name: str, key: str, context: CallContext) -> Printing:
    """`name` of the activity, `key` of its task."""
    maskers = context.tokens.maskers()
    return Printing({each: PrintedLines(maskers, _teller(name, key, context, each)) for each in STREAMS})


def _teller(name: str, key: str, context: CallContext, stream: str) -> Callable[[str], None]:
    def tell(text: str) -> None:
        note = Note()
        printed = note.print
        printed.source, printed.name, printed.stream = "activity", name, stream
        printed.task, printed.text = key, text
        context.notes.tell(context.execution_id, note)

    return tell
