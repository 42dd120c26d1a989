"""The daemon at work: executions, addresses, logs."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from stigmer_api.devloop_pb2 import CancelRequest, DescribeRequest, ShutDownRequest, SignalRequest
from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest
from stigmerd.daemon import client
from stigmerd.daemon.client import Auth, DaemonError, RunningDaemon
from stigmerd.daemon.lock import holder
from stigmerd.daemon.place import DaemonPlace
from tests.stigmerd.daemon.older import pretend_older
from tests.support.api import Api, workflow, workflow_execution
from tests.support.paths import ENVIRONMENT
from tests.support.poll import wait_until
from tests.support.tasks import listen_task, set_task, wait_task

LISTEN = listen_task("approval", "approve")


async def listening(api: Api) -> str:
    """An execution that waits for a signal in its second task."""
    flow = await api.workflow.apply(workflow("Listening", set_task("before"), LISTEN, set_task("after")))
    execution = str((await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id)
    request = SubscribeWorkflowExecutionRequest(execution_id=execution)
    call = api.workflow_execution.subscribe(request)
    while len((await call.read()).status.tasks) < 2:
        pass
    call.cancel()
    return execution


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_executions_go_on_after_its_end(place: DaemonPlace, end: signal.Signals) -> None:
    first = client.ensure(place)
    async with grpc.aio.insecure_channel(first.address) as channel:
        execution = await listening(Api(channel))
    os.kill(first.pid, end)
    # A killed process loses its files one after the other: the lock may go before the socket.
    wait_until(lambda: holder(place.lock_file) is None and client.status(place) is None)
    second = client.ensure(place)
    assert second.pid != first.pid
    async with grpc.aio.insecure_channel(second.address) as channel:
        api = Api(channel)
        await api.control.signal(SignalRequest(execution_id=execution, signal_id="approve"))
        last = await api.follow(execution)
    assert last.status.phase == 3
    assert [each.task_name for each in last.status.tasks] == ["before", "approval", "after"]


async def test_an_older_one_at_work_is_left_alone(place: DaemonPlace) -> None:
    first = client.ensure(place)
    async with grpc.aio.insecure_channel(first.address) as channel:
        api = Api(channel)
        flow = await api.workflow.apply(workflow("Waiting", wait_task()))
        execution = (await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id
        pretend_older(place)
        assert client.ensure(place).pid == first.pid
        pretend_older(place, protocol=0)
        with pytest.raises(DaemonError, match=r"is older \(0\.0\.1, protocol 0\) and at work"):
            client.ensure(place)
        await api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=5))
    assert client.ensure(place).pid != first.pid


async def test_shut_down_by_a_call(place: DaemonPlace) -> None:
    async with grpc.aio.insecure_channel(client.ensure(place).address) as channel:
        await Api(channel).daemon.shutdown(ShutDownRequest())
    wait_until(lambda: holder(place.lock_file) is None)
    assert "stopped" in place.log_file.read_text()


async def described(running: RunningDaemon, metadata: tuple[tuple[str, str], ...] = ()) -> str:
    async with grpc.aio.insecure_channel(running.addresses[1]) as channel:
        try:
            reply = await Api(channel).daemon.describe(DescribeRequest(), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
        return str(reply.version)


async def test_tcp_with_the_token_of_the_data_directory(place: DaemonPlace) -> None:
    running = client.start(place, ("127.0.0.1:0",))
    assert stat.S_IMODE(place.token_file.stat().st_mode) == 0o600
    token = place.token_file.read_text()
    assert len(token) >= 32
    assert await described(running) == "UNAUTHENTICATED"
    assert await described(running, (("authorization", f"Bearer {token}"),)) == running.version
    with pytest.raises(DaemonError, match=r"does not listen on 127\.0\.0\.1:9"):
        client.start(place, ("127.0.0.1:9",))
    client.stop(place)
    client.start(place, ("127.0.0.1:0",))
    assert place.token_file.read_text() != token


async def test_tcp_without_a_token_on_loopback_only(place: DaemonPlace) -> None:
    with pytest.raises(DaemonError, match="only loopback"):
        client.start(place, ("0.0.0.0:0",), auth=Auth.NONE)
    running = client.start(place, ("127.0.0.1:0",), auth=Auth.NONE)
    assert await described(running) == running.version


def test_the_log_is_rotated_and_takes_the_standard_streams_along(tmp_path: Path) -> None:
    program = (
        "import logging, os, sys; from pathlib import Path; import stigmerd.daemon.logs as logs;"
        "logs.MAX_BYTES = 2000; logs.write_logs_to(Path(sys.argv[1]));"
        "[logging.info('line %d', number) for number in range(200)];"
        "os.write(2, b'last words')"
    )
    path = tmp_path / "stigmerd.log"
    ran = subprocess.run([sys.executable, "-c", program, str(path)], env=ENVIRONMENT, capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "stigmerd.log",
        "stigmerd.log.1",
        "stigmerd.log.2",
        "stigmerd.log.3",
    ]
    assert all(each.stat().st_size <= 2100 for each in tmp_path.iterdir())
    assert path.read_text().endswith("last words")
    assert "line 199" in path.read_text()
