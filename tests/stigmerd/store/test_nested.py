"""An older database learns which execution started which."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmer_api.facts import PARENT_ANNOTATION
from stigmer_api.ids import new_id
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.store.database import Database
from stigmerd.store.migrations import MIGRATIONS

BEFORE = next(index for index, script in enumerate(MIGRATIONS) if "CREATE TABLE nested" in script)


def add(database: Database, parent: str) -> str:
    execution = WorkflowExecution()
    execution.metadata.id = new_id("wex")
    execution.metadata.annotations["a"] = "b"
    if parent:
        execution.metadata.annotations[PARENT_ANNOTATION] = parent
    database.execute(
        "INSERT INTO resources (kind, id, org, slug, name, parent, phase, tags, search, created_at,"
        " updated_at, data) VALUES (52, ?, '', '', '', '', 3, '', '', '', '', ?)",
        (execution.metadata.id, execution.SerializeToString()),
    )
    return execution.metadata.id


@pytest.mark.parametrize("task", ["call", "loop[12]/" + "a-long-name-of-a-task/" * 10])
def test_nested_executions_of_an_older_version(tmp_path: Path, task: str) -> None:
    database = Database.open(tmp_path / "db", MIGRATIONS[:BEFORE])
    top = add(database, "")
    nested = add(database, f"{top}/{task}")
    database.close()
    database = Database.open(tmp_path / "db")
    assert database.rows("SELECT execution_id, parent FROM nested") == [(nested, top)]
    database.close()
