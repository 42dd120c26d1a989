"""What executions tell beyond their status: masked, kept within limits, and handed to those who watch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from stigmer_api.devloop_pb2 import Note
from stigmer_api.facts import PARENT_ANNOTATION
from stigmerd.executions.live import LiveExecution
from stigmerd.executions.masking import Masker
from stigmerd.executions.note_book import NoteBook
from stigmerd.executions.registry import LiveExecutions
from stigmerd.executions.secrets import ExecutionSecrets
from stigmerd.store.clock import now
from stigmerd.store.errors import StoreError
from stigmerd.store.notes import NoteTable

logger = logging.getLogger(__name__)

WRITE_SECONDS: Final = 0.5  # at most, until a note is in the store; sooner with the next record
NEWS_SECONDS: Final = 0.05  # between two messages to those who watch
REQUESTS: Final = ("asked", "http")  # notes that are many and long: they have a book of their own


class Notes:
    """The notes of all executions at work."""

    def __init__(
        self, table: NoteTable, requests: NoteTable, live: LiveExecutions, secrets: ExecutionSecrets
    ) -> None:
        self._table = table
        self._requests = requests
        self._live = live
        self._secrets = secrets

    def tell(self, execution_id: str, note: Note, masker: Masker | None = None) -> None:
        """Masks a note and keeps it. What comes after the end, or of one that is gone, is ignored.

        A text that was cut out of a longer one must have been masked before; requests are (exchanges/).
        Nothing ends because a note cannot be kept.

        Args:
            masker: None: hides what the execution must not show.
        """
        try:
            if (live := self._working(execution_id)) is not None:
                self._keep(live, note, masker)
        except KeyError:
            logger.debug("%s was deleted", execution_id)
        except StoreError as error:
            logger.error("what %s tells cannot be kept: %s", execution_id, error)

    def _keep(self, live: LiveExecution, note: Note, masker: Masker | None) -> None:
        _mask(note, self._secrets.masker_of(live) if masker is None else masker)
        note.at = note.at or now()
        kind = note.WhichOneof("about")
        (self.requests(live) if kind in REQUESTS else self.book(live)).add(note)
        if kind == "turn":
            for one in self._with_ancestors(live):
                self.book(one).use(note.turn.usage)
                self._write_soon(one)
        self._write_soon(live)
        self._announce(live)

    def book(self, live: LiveExecution) -> NoteBook:
        """What one execution told. Raises StoreError."""
        if live.notes is None:
            live.notes = NoteBook(self._table, live.id, reopened=live.reopened)
        return live.notes

    def requests(self, live: LiveExecution) -> NoteBook:
        """What its models were asked, and its HTTP requests. Raises StoreError."""
        if live.requests is None:
            live.requests = NoteBook(self._requests, live.id, reopened=live.reopened)
        return live.requests

    def write(self, live: LiveExecution, *, requests: bool = True) -> None:
        """What is not in the store yet; within a transaction. Raises StoreError, KeyError.

        Args:
            requests: False leaves these for the next time: some of them at once cost less.
        """
        books = [(live.notes, self._table), *([(live.requests, self._requests)] if requests else [])]
        for book, table in books:
            if book is not None and book.dirty:
                rows, first, counts = book.rows()
                table.write(live.id, rows, first, counts)
                book.written()

    def write_all(self) -> None:
        """Before the store is closed."""
        for live in self._live.all():
            self._write_now(live)

    def _with_ancestors(self, live: LiveExecution) -> Iterator[LiveExecution]:
        """What it uses is also used by the execution that started it, and so on."""
        one: LiveExecution | None = live
        while one is not None:
            yield one
            parent = one.message.metadata.annotations.get(PARENT_ANNOTATION, "").partition("/")[0]
            one = self._working(parent) if parent else None

    def _working(self, execution_id: str) -> LiveExecution | None:
        try:
            live = self._live.find(execution_id)
        except KeyError:
            return None
        return None if live.ended else live

    def _write_soon(self, live: LiveExecution) -> None:
        if live.note_timer is None:
            live.note_timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self._write_now, live)

    def _write_now(self, live: LiveExecution) -> None:
        if live.note_timer is not None:
            live.note_timer.cancel()
            live.note_timer = None
        if live.stale or live.ended:
            return
        with suppress(KeyError):  # it was deleted
            try:
                with self._live.changing(live.id):
                    self.write(live)
            except StoreError as error:  # what depends on the store ends with the next record
                logger.error("notes of %s cannot be stored: %s", live.id, error)

    def _announce(self, live: LiveExecution) -> None:
        """Wakes those who watch, a few times a second at most."""
        if live.news_timer is not None:
            return
        rest = live.news_at + NEWS_SECONDS - time.monotonic()
        if rest <= 0:
            self._announce_now(live)
        else:
            live.news_timer = asyncio.get_running_loop().call_later(rest, self._announce_now, live)

    def _announce_now(self, live: LiveExecution) -> None:
        live.news_timer = None
        live.news_at = time.monotonic()
        live.wake()


def _mask(note: Note, masker: Masker) -> None:
    if not masker:
        return
    match note.WhichOneof("about"):
        case "thinking":
            note.thinking.more = masker.text(note.thinking.more)
        case "print":
            note.print.text = masker.text(note.print.text)
        case "wait":
            note.wait.text, note.wait.hint = masker.text(note.wait.text), masker.text(note.wait.hint)
        case "warned":
            warned = note.warned
            warned.text, warned.hint = masker.text(warned.text), masker.text(warned.hint)
        case "turn":
            note.turn.model, note.turn.address = masker.text(note.turn.model), masker.text(note.turn.address)
        case _:
            pass
