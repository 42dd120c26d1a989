"""What an execution tells is kept within limits, counted, stored, and handed on in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmer_api.devloop_pb2 import Note
from stigmer_api.facts import PARENT_ANNOTATION
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions import note_book
from stigmerd.executions.log import Executions
from stigmerd.executions.note_book import NoteBook, Position
from stigmerd.executions.records import Began, Ended
from stigmerd.store.errors import StoreError
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault

AT = "2030-01-01T00:00:00.000000Z"


def printed(text: str, name: str = "clean") -> Note:
    note = Note(at=AT)
    note.print.name, note.print.text = name, text
    return note


def turn(tokens: int, cost: float | None = None) -> Note:
    note = Note(at=AT)
    note.turn.usage.input_tokens = tokens
    if cost is not None:
        note.turn.usage.cost_usd = cost
    return note


def open_executions(directory: Path) -> tuple[Executions, Store]:
    store = Store.open(directory / "stigmerd.db")
    return Executions(store, Vault.open(directory)), store


def added(executions: Executions, number: int = 1, parent: str = "") -> str:
    message = WorkflowExecution(kind="WorkflowExecution")
    message.metadata.id = f"wex-{number:026d}"
    if parent:
        message.metadata.annotations[PARENT_ANNOTATION] = f"{parent}/ask"
    executions.add(message)
    return message.metadata.id


def book_of(executions: Executions, execution_id: str) -> NoteBook:
    return executions.notes.book(executions.live.find(execution_id))


def texts(notes: list[Note]) -> list[str]:
    return [note.print.text for note in notes]


async def test_notes_outlive_the_backend_and_their_execution(tmp_path: Path) -> None:
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)
    executions.record(execution_id, Began(at=AT))
    executions.notes.tell(execution_id, printed("one"))
    executions.notes.write_all()  # what a stop does
    store.close()
    executions, store = open_executions(tmp_path)
    executions.notes.tell(execution_id, printed("two"))
    executions.notes.tell(execution_id, turn(7, 0.5))
    executions.record(execution_id, Ended(phase="COMPLETED", output=None, error="", at=AT))
    executions.notes.tell(execution_id, printed("too late"))
    book = book_of(executions, execution_id)
    notes, position = book.since(Position())
    assert texts(notes) == ["one", "two", ""]
    assert notes[0].number == 1
    assert notes[1].number > 100  # others may have been told, read, and lost
    assert (book.tally.input_tokens, book.tally.cost_usd) == (7, 0.5)
    assert book.since(position) == ([], position)
    assert texts(book.since(Position(1))[0]) == ["two", ""]
    store.close()


async def test_the_end_of_an_execution_is_stored_with_what_it_told(tmp_path: Path) -> None:
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)
    executions.notes.tell(execution_id, printed("one"))
    executions.record(execution_id, Ended(phase="COMPLETED", output=None, error="", at=AT))
    assert [Note.FromString(row.note).print.text for row in store.notes.after(execution_id, 0)] == ["one"]
    while store.executions.drop_details(execution_id, keep_shown=True):
        pass
    assert store.notes.after(execution_id, 0)
    while store.executions.drop_details(execution_id, keep_shown=False):
        pass
    assert not store.notes.after(execution_id, 0)
    store.close()


@pytest.mark.parametrize("stored", [True, False])
async def test_the_oldest_go_first_and_what_went_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stored: bool
) -> None:
    monkeypatch.setattr(note_book, "MOST_NOTES", 3)
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)
    live = executions.live.find(execution_id)
    reader = Position()
    for number in range(6):
        executions.notes.tell(execution_id, printed(f"{number}", name=f"{number}"))
        if stored:
            with store.transaction():
                executions.notes.write(live)
        if number == 1:
            read, reader = book_of(executions, execution_id).since(reader)
            assert texts(read) == ["0", "1"]
    gone, *kept = book_of(executions, execution_id).since(reader)[0]
    assert (gone.gone.notes, texts(kept)) == (1, ["3", "4", "5"])
    assert gone.gone.bytes == kept[0].ByteSize()
    assert book_of(executions, execution_id).since(Position())[0][0].gone.notes == 3
    with store.transaction():
        executions.notes.write(live)
    assert len(store.notes.after(execution_id, 0)) == 3
    store.close()


async def test_lines_are_told_together_until_somebody_has_read_them(tmp_path: Path) -> None:
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)
    for text in ("one", "two"):
        executions.notes.tell(execution_id, printed(text))
    book = book_of(executions, execution_id)
    notes, position = book.since(Position())
    assert texts(notes) == ["one\ntwo"]
    executions.notes.tell(execution_id, printed("three"))
    assert texts(book.since(position)[0]) == ["three"]
    assert texts(book.since(Position())[0]) == ["one\ntwo", "three"]
    store.close()


async def test_a_workflow_uses_what_its_agents_use(tmp_path: Path) -> None:
    executions, store = open_executions(tmp_path)
    parent = added(executions, 1)
    child = added(executions, 2, parent)
    grandchild = added(executions, 3, child)
    executions.notes.tell(child, turn(1, 0.25))
    executions.notes.tell(grandchild, turn(10, 0.5))
    assert [book_of(executions, each).tally.input_tokens for each in (parent, child, grandchild)] == [
        11,
        11,
        10,
    ]
    assert book_of(executions, parent).tally.message().cost_usd == 0.75
    executions.notes.tell(grandchild, turn(100))
    assert not book_of(executions, parent).tally.message().HasField("cost_usd")  # of some of it nobody knows
    executions.notes.write_all()
    store.close()
    executions, store = open_executions(tmp_path)
    assert book_of(executions, parent).tally.input_tokens == 111
    store.close()


async def test_a_secret_of_the_execution_is_not_told(tmp_path: Path) -> None:
    executions, store = open_executions(tmp_path)
    message = WorkflowExecution(kind="WorkflowExecution")
    message.metadata.id = f"wex-{1:026d}"
    message.spec.runtime_env["TOKEN"].value = "hunter2-correct-horse"
    message.spec.runtime_env["TOKEN"].is_secret = True
    executions.add(message)
    note = Note()
    note.wait.text = "for hunter2-correct-horse"
    executions.notes.tell(message.metadata.id, note)
    assert book_of(executions, message.metadata.id).since(Position())[0][0].wait.text == "for ***"
    store.close()


async def test_what_cannot_be_kept_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)

    def broken(_: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(store.notes, "counts", broken)
    executions.notes.tell(execution_id, printed("one"))
    executions.notes.tell("wex-none", printed("two"))
    monkeypatch.undo()
    executions.notes.tell(execution_id, printed("three"))
    assert texts(book_of(executions, execution_id).since(Position())[0]) == ["three"]
    store.close()


async def test_a_reader_of_notes_that_were_never_written_misses_none_of_those_after_a_crash(
    tmp_path: Path,
) -> None:
    executions, store = open_executions(tmp_path)
    execution_id = added(executions)
    for text in ("one", "two"):
        executions.notes.tell(execution_id, printed(text))
    _, seen = book_of(executions, execution_id).since(Position())
    store.close()  # as if killed: nothing of it was written
    executions, store = open_executions(tmp_path)
    executions.notes.tell(execution_id, printed("three"))
    again = book_of(executions, execution_id)
    assert texts(again.since(again.position(seen.number))[0]) == ["three"]
    store.close()


async def test_who_told_nothing_has_lost_nothing(tmp_path: Path) -> None:
    """A workflow whose agents used tokens has counts in the store, and no note of its own."""
    executions, store = open_executions(tmp_path)
    parent = added(executions)
    executions.notes.tell(added(executions, 2, parent), turn(30))
    executions.notes.write_all()
    again = NoteBook(store.notes, parent)
    assert again.tally.input_tokens == 30
    assert again.since(Position()) == ([], again.position(1 << 62))
    store.close()
