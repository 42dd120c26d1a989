"""CALL_ACTIVITY: functions of a real project, in a real process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from stigmer_api.values import from_struct
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from tests.stigmerd.engine.bench import Bench, workflow_of
from tests.support.tasks import task

FACTS = "devloop.stigmer.ai/"
MAIN = """
    import asyncio, os, sys, time
    from pathlib import Path
    from stigmer import activity
    from helper import double

    print("printed", flush=True)

    @activity
    def add(a, b=1):
        return {"sum": double(a) + b, "token": os.environ["TOKEN"], "foreign": os.environ.get("FOREIGN")}

    @activity
    async def later():
        await asyncio.sleep(0)
        return [1, None]

    @activity
    def bad():
        raise ValueError("no such thing")

    @activity
    def leave():
        os._exit(3)

    @activity
    def strange():
        return object()

    @activity
    def hang(file):
        Path(file).write_text(str(os.getpid()))
        time.sleep(1000)
"""


@pytest.fixture
def activities(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(dedent(MAIN))
    (tmp_path / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    return tmp_path


def begin(bench: Bench, project: Path, name: str, given: Any = None, **more: Any) -> str:
    definition = workflow_of(task("call", "CALL_ACTIVITY", {"activity": name, "input": given or {}}))
    for fact, value in {
        "python": sys.executable,
        "main": project / "main.py",
        "project-dir": project,
    }.items():
        definition.metadata.annotations[FACTS + fact] = str(value)
    execution_id = bench.add(definition, **more)
    bench.engine.start(execution_id)
    return execution_id


async def call(bench: Bench, project: Path, name: str, given: Any = None, **more: Any) -> WorkflowExecution:
    return await bench.ended(begin(bench, project, name, given, **more))


async def test_a_function_is_called_with_its_arguments(
    bench: Bench, activities: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREIGN", "not for it")
    ended = await call(bench, activities, "add", {"a": "${ 1 + 1 }"}, secrets={"TOKEN": "a-secret-token"})
    assert ended.status.phase == 3, ended.status.error
    assert from_struct(ended.status.output) == {"sum": 5, "token": "***", "foreign": None}
    assert from_struct((await call(bench, activities, "later")).status.output) == {"value": [1, None]}


async def test_what_goes_wrong_is_said(bench: Bench, activities: Path) -> None:
    texts = {
        "bad": ("raised ValueError: no such thing", "main.py"),
        "leave": ("ended with status 3", "printed"),
        "strange": ("raised TypeError", "not JSON serializable"),
        "add": ("raised TypeError", "argument"),
        "nothing": ('no activity "nothing"', "add"),
    }
    for name, expected in texts.items():
        ended = await call(bench, activities, name)
        assert ended.status.phase == 4
        assert all(text in ended.status.error for text in expected), ended.status.error
    (activities / "main.py").unlink()
    assert "main.py" in (await call(bench, activities, "add")).status.error


async def test_a_project_that_was_moved_away_is_named(bench: Bench, activities: Path) -> None:
    activities.rename(activities.with_name(f"{activities.name}-elsewhere"))
    error = (await call(bench, activities, "later")).status.error
    assert f"the activity later cannot run: its project's directory {activities} is gone" in error
    activities.with_name(f"{activities.name}-elsewhere").rename(activities)
    assert (await call(bench, activities, "later")).status.phase == 3


async def test_a_cancelled_one_is_ended(bench: Bench, activities: Path) -> None:
    os.mkfifo(activities / "pid")
    execution_id = begin(bench, activities, "hang", {"file": str(activities / "pid")})
    pid = await asyncio.to_thread((activities / "pid").read_text)
    assert await bench.engine.cancel(execution_id, "enough", 5)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


async def test_without_a_project_there_are_no_functions(bench: Bench) -> None:
    ended = await bench.run(task("call", "CALL_ACTIVITY", {"activity": "add"}))
    assert "does not come from a local Python project" in ended.status.error
