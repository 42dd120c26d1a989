"""Reports one execution to the daemon: changes at once, growing text at most every 60 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from stigmerd.agents.asking.asker import Asker
from stigmerd.agents.frames import Message
from stigmerd.executions.records import MessageSet, Record, RecordCodec, ToolCallSet
from stigmerd.store.clock import now
from stigmerd.store.json import Json

FLUSH_SECONDS = 0.06
FLUSHED_BYTES_PER_SECOND = 2_500_000  # each time, all of a text is sent: long ones more rarely
SENTENCE_ENDS = (".", "!", "?", ":", "…", "。")


class AgentReporter:
    """Sends records of one execution, and keeps its tool calls up to date."""

    def __init__(self, execution_id: str, send: Callable[[Message], None]) -> None:
        self._id = execution_id
        self._send = send
        self._receipts: dict[int, asyncio.Future[None]] = {}
        self._last_receipt = 0
        self._calls: dict[str, ToolCallSet] = {}
        self.asker = Asker(execution_id, send)

    def emit(self, *records: Record) -> None:
        self._send(self._report(records))

    def tell(self, about: str, **fields: Json) -> None:
        """A note, beside what the status has a place for: its kind, and the fields of that message."""
        self._send({"type": "told", "id": self._id, "note": {about: fields, "at": now()}})

    def warn(self, text: str, hint: str = "") -> None:
        """Shows a problem that does not stop the execution; `hint`: what to do about it."""
        self.tell("warned", text=text, hint=hint)

    async def save(self, conversation: Json) -> None:
        """Returns once the conversation, and all that was emitted before, is stored."""
        self._last_receipt += 1
        stored = self._receipts[self._last_receipt] = asyncio.get_running_loop().create_future()
        message = self._report(())
        self._send({**message, "conversation": conversation, "receipt": self._last_receipt})
        await stored

    def stored(self, receipt: int) -> None:
        future = self._receipts.pop(receipt, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _report(self, records: tuple[Record, ...]) -> Message:
        encoded = [RecordCodec.encode(record) for record in records]
        return {"type": "report", "id": self._id, "records": encoded, "conversation": None, "receipt": 0}

    def call_begins(self, call: ToolCallSet) -> None:
        self._calls[call.id] = call
        self.emit(call)

    def call_runs(self, call_id: str) -> None:
        if call := self._calls.get(call_id):
            self._calls[call_id] = replace(call, status="RUNNING", started_at=now())
            self.emit(self._calls[call_id])

    def note_call(self, call_id: str, **facts: Json) -> None:
        """Facts about a call for which the contract has no field: they are shown with its next state."""
        if call := self._calls.get(call_id):
            self._calls[call_id] = replace(call, metadata={**call.metadata, **facts})

    def call_ends(self, call_id: str, *, result: str = "", error: str = "") -> None:
        if call := self._calls.pop(call_id, None):
            status = "FAILED" if error else "COMPLETED"
            at = now()
            begun = call.started_at or at
            self.emit(
                replace(call, status=status, result=result, error=error, started_at=begun, completed_at=at)
            )

    def calls_break_off(self, reason: str) -> None:
        """Those that still run, when the execution ends before they do.

        Not those that wait for an approval: if only the backend stops, they go on waiting.
        """
        for call_id in self._calls.keys() - self.asker.unapproved:
            self.call_ends(call_id, error=reason)


class GrowingMessage:
    """One AI message while the model writes it. `sub_agent`: the call to the one that says it, else empty."""

    def __init__(self, reporter: AgentReporter, index: int, *, sub_agent: str = "") -> None:
        self._reporter = reporter
        self._sub_agent = sub_agent
        self._index = index
        self._at = now()
        self._text = ""
        self._flushed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._complete = False

    def grow(self, text: str, *, apart: bool = False, hold: bool = False) -> None:
        """
        Args:
            apart: it is not in the same breath; a sentence that ended does not touch the next.
            hold: it is shown later, with what follows or at the end.
        """
        if apart and self._text.endswith(SENTENCE_ENDS) and not text[:1].isspace():
            text = f"\n\n{text}"
        self._text += text
        if self._timer is not None or not text or hold:
            return
        loop = asyncio.get_running_loop()
        rest = max(FLUSH_SECONDS, len(self._text) / FLUSHED_BYTES_PER_SECOND)
        wait = self._flushed_at + rest - loop.time()
        if wait <= 0:
            self._flush()
        else:
            self._timer = loop.call_later(wait, self._flush)

    def catch_up(self) -> None:
        """What was said already stands before what follows."""
        if self._timer is not None:
            self._flush()

    @property
    def text(self) -> str:
        """So far."""
        return self._text

    def finish(self, metadata: dict[str, Json], text: str | None = None) -> None:
        """`text`: what it says in the end, in place of what has grown."""
        if not self._complete:
            self._complete = True
            self._text = self._text if text is None else text
            self._flush(metadata)

    def break_off(self) -> None:
        """The model stopped in the middle: what it wrote stays."""
        if self._text:
            self.finish({"interrupted": True})
        elif self._timer is not None:
            self._timer.cancel()

    def _flush(self, metadata: dict[str, Json] | None = None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        self._reporter.emit(
            MessageSet(
                index=self._index,
                role="AI",
                content=self._text,
                complete=self._complete,
                at=self._at,
                metadata=metadata or {},
                sub_agent=self._sub_agent,
            )
        )
