"""What was recorded is there after a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stigmer_api.workflowexecution_pb2 import ExecutionPhase
from stigmerd.executions.log import Executions
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.paths import ROOT

# Prints the number of each step once it is recorded; is killed while it works.
WRITER = """
import sys
from pathlib import Path
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Began, Ended, TaskBegan, TaskEnded
from stigmerd.store.vault import Vault
from stigmerd.store.store import Store

directory = Path(sys.argv[1])
executions = Executions(Store.open(directory / "stigmerd.db"), Vault.open(directory))
for name in ("wex-01", "wex-02"):
    execution = WorkflowExecution()
    execution.metadata.id = name
    execution.spec.runtime_env["TOKEN"].value = "sk-very-secret"
    execution.spec.runtime_env["TOKEN"].is_secret = True
    executions.add(execution)
    executions.record(name, Began(at="t"))
journal = executions.journal("wex-01")
number = 0
while True:
    key = f"task-{number}"
    executions.record("wex-01", TaskBegan(key=key, name=key, kind="SET", input={"n": number}, at="t"))
    journal.put(key, {"n": number})
    ended = TaskEnded(key=key, name=key, kind="SET", state="COMPLETED", output={"n": number},
                      error="", at="t")
    executions.record("wex-01", ended)
    if number == 50:
        executions.record("wex-02", Ended(phase="COMPLETED", output={"n": number}, error="", at="t"))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


@pytest.mark.parametrize("steps", [60, 200])
def test_a_killed_writer_loses_nothing_that_it_recorded(tmp_path: Path, steps: int) -> None:
    script = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'protos')]!r}\n{WRITER}"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(steps):
            assert writer.stdout.readline()
        writer.kill()
        confirmed = steps + len(writer.stdout.read().splitlines())
    executions = Executions(Store.open(tmp_path / "stigmerd.db"), Vault.open(tmp_path))
    assert executions.unfinished() == ["wex-01"]
    assert executions.get("wex-02").status.phase == ExecutionPhase.EXECUTION_COMPLETED
    tasks = executions.get("wex-01").status.tasks
    journal = executions.journal("wex-01")
    assert len(tasks) >= confirmed
    for number in range(confirmed):
        assert tasks[number].task_id == f"task-{number}"
        assert dict(tasks[number].output) == {"n": number}
        assert journal.get(f"task-{number}") == {"n": number}
    assert executions.spec("wex-01").spec.runtime_env["TOKEN"].value == "sk-very-secret"
