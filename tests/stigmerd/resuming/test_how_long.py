"""How long can an execution be resumed?"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stigmer_api.resumption_pb2 import ResumeRequest
from stigmerd.executions.pruning import Pruning
from stigmerd.executions.retention import RESUMABLE_RUNS, Retention
from stigmerd.store.clock import rfc3339
from stigmerd.store.store import Store
from tests.stigmerd.engine.bench import WebServer
from tests.stigmerd.resuming.flow import COMPLETED, FAILED, Flow
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import resource_id
from tests.support.tasks import set_task, task

RAISES = task("stop", "RAISE", {"error": "bad", "message": "on purpose"})


@pytest.fixture
async def kept(open_world: OpenWorld, tmp_path: Path) -> AsyncIterator[ServedBackend]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def prune_after(data: Path, **age: float) -> None:
    """As if all had ended so long ago."""
    then = rfc3339(datetime.now(UTC) - timedelta(**age))
    with closing(sqlite3.connect(data / "stigmerd.db")) as database:
        database.execute("UPDATE resources SET updated_at = ? WHERE kind = 52", (then,))
        database.commit()
    store = Store.open(data / "stigmerd.db")
    try:
        await Pruning(store).prune_expired(Retention().rule_now())
    finally:
        store.close()


async def test_the_newest_of_each_workflow_for_a_month(
    kept: ServedBackend, web: WebServer, tmp_path: Path, refused: Refused
) -> None:
    flow = Flow(kept.api, web)
    await flow.apply(set_task("one", n="1"), RAISES)
    failed = [await flow.run(FAILED) for _ in range(RESUMABLE_RUNS + 1)]
    for _ in range(3):  # one task alone counts for nothing
        await flow.task("one", COMPLETED)
    await prune_after(tmp_path / "data", hours=2)
    with refused("FAILED_PRECONDITION", "not kept any more", "run the workflow anew"):
        await flow.resume(failed[0])
    for each in failed[1:3]:
        request = ResumeRequest(execution_id=each.metadata.id, dry_run=True)
        assert list((await kept.api.resumption.resume(request)).tasks) == ["stop"]
    await prune_after(tmp_path / "data", days=31)
    with refused("FAILED_PRECONDITION", "not kept any more"):
        await flow.resume(failed[-1])


async def test_it_outlives_a_restart_and_the_execution_before_it(
    open_world: OpenWorld, web: WebServer, tmp_path: Path
) -> None:
    async with open_world(tmp_path / "data") as first:
        flow = Flow(first.api, web)
        flow.breaks("/b")
        await flow.apply(web.call("a", "/a"), web.call("b", "/b"))
        failed = await flow.run(FAILED)
    async with open_world(tmp_path / "data") as second:
        flow = Flow(second.api, web)
        again, _ = await flow.resume(failed, FAILED)
        await second.api.workflow_execution.delete(resource_id(failed.metadata.id))
        flow.mended("/b")
        await flow.resume(again)
    assert web.times == {"/a": 1, "/b": 3}
