"""The loop asks the backend what it has while the program runs; somebody else may change it meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

import grpc

from devloop.loop.connection import ANSWER_SECONDS, BackendConnection
from devloop.loop.events import RunStarted, WatchReady
from devloop.loop.prepare import KnownState
from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.errors import BackendError
from runcmd.events import ApplyFinished, RunFinished
from runcmd.pipeline import Connect
from runcmd.project import load
from runcmd.request import RunRequest
from stigmer_api.workflow_pb2 import WorkflowId
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, two
from tests.support.api import Api
from tests.support.project import PYTHON


async def test_what_was_deleted_on_the_backend_is_deployed_again(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, two("a", "b"), selector="first") as hands:
        await hands.until(WatchReady)
        async with grpc.aio.insecure_channel((await connect()).target) as channel:
            workflows = Api(channel).workflow
            for workflow in await ids(connect):
                await workflows.delete(WorkflowId(value=workflow))
        hands.edit(two("c", "b"))
        started = await hands.until(RunStarted)
        assert (started.applied, started.total) == (2, 2)
        assert '"c"' in (await hands.until(RunFinished)).answer


async def test_an_edit_that_is_undone_at_once_runs_what_is_on_disk(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one"), settle=0.0) as hands:
        await hands.until(WatchReady)
        for text in ("two", "one", "three", "one", "two", "one", "last"):
            hands.edit(says(text))
            await hands.until(ApplyFinished)
        while '"last"' not in (await hands.until(RunFinished)).answer:
            pass


async def test_an_answer_counts_for_one_deployment_and_not_for_long(tmp_path: Path, connect: Connect) -> None:
    connection, request = BackendConnection(connect), request_of(tmp_path)
    early = await connection.ask(request)
    late = await connection.ask(request)
    assert early is not None and late is not None
    assert connection.known(early) == ()
    assert connection.known(late) is None, "something was deployed after the question"
    old = await connection.ask(request)
    assert old is not None
    assert (
        connection.known(KnownState(known=(), at=time.monotonic() - 2 * ANSWER_SECONDS, applies=old.applies))
        is None
    )


async def test_a_backend_that_is_not_there_is_asked_later(tmp_path: Path) -> None:
    async def connect() -> Address:
        raise BackendError("nobody is there", code="E0501")

    assert await BackendConnection(connect).ask(request_of(tmp_path)) is None


def request_of(directory: Path) -> RunRequest:
    (directory / "Stigmer.yaml").write_text(PYTHON)
    return RunRequest(project=load(directory / "Stigmer.yaml"), selector=None)


async def ids(connect: Connect) -> list[str]:
    async with open_backend(await connect()) as backend:
        return [each.id for each in await backend.all_known("local")]
