"""The server around the services: doors, health, reflection, ends."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from stigmer_api.devloop_pb2 import DescribeRequest, ListResourcesRequest, ShutDownRequest
from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest
from stigmerd.resources.repository import Repository
from stigmerd.server import Server, ServerSettings, open_server
from stigmerd.services.activity import ClientActivity
from stigmerd.services.transport import AddressError
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import Api, agent, workflow, workflow_execution
from tests.support.paths import PYTHONPATH
from tests.support.tasks import wait_task

SESAME = "open-sesame-" + "0" * 32


async def test_the_socket_is_for_its_owner_only(world: ServedBackend) -> None:
    path = Path(world.server.addresses[0].removeprefix("unix:"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_tcp_asks_for_the_token_and_the_socket_does_not(
    open_world: OpenWorld, refused: Refused
) -> None:
    async with open_world(token=SESAME, listen=("127.0.0.1:0",)) as world:
        assert await world.api.daemon.describe(DescribeRequest())
        address = world.server.addresses[1]
        assert not address.endswith(":0")
        async with grpc.aio.insecure_channel(address) as channel:
            api = Api(channel)
            for metadata in ((), (("authorization", "Bearer wrong"),), (("authorization", SESAME),)):
                with refused("UNAUTHENTICATED", "Bearer <token>"):
                    await api.daemon.describe(DescribeRequest(), metadata=metadata)
            with refused("UNAUTHENTICATED"):
                await api.follow("wex-1")
            with refused("UNAUTHENTICATED"):
                await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
            metadata = (("authorization", f"Bearer {SESAME}"),)
            assert await api.daemon.describe(DescribeRequest(), metadata=metadata)


async def test_no_open_doors(short_dir: Path) -> None:
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:7234"):
        with pytest.raises(AddressError, match="only loopback"):
            async with open_server(ServerSettings(addresses=(address,))):
                raise AssertionError("it listens")


async def test_an_address_that_is_taken(open_world: OpenWorld) -> None:
    async with open_world(listen=("127.0.0.1:0",)) as world:
        taken = world.server.addresses[1]
        with pytest.raises(AddressError, match=taken):
            async with open_server(ServerSettings(addresses=(taken,))):
                raise AssertionError("it listens")


async def test_health(world: ServedBackend, refused: Refused) -> None:
    stub = health_pb2_grpc.HealthStub(world.api.channel)
    for service in ("", "ai.stigmer.agentic.agent.v1.AgentCommandController"):
        reply = await stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
    with refused("NOT_FOUND", "no.such.Service"):
        await stub.Check(health_pb2.HealthCheckRequest(service="no.such.Service"))
    watch = stub.Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_every_service_and_describes_each(world: ServedBackend, version: str) -> None:
    call: Any = world.api.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    names = {service.name for service in (await call.read()).list_services_response.service}
    assert len([name for name in names if name.startswith("ai.stigmer.agentic.")]) == 23
    assert {"stigmer.devloop.v1.Daemon", "grpc.health.v1.Health"} <= names
    assert {f"grpc.reflection.{each}.ServerReflection" for each in ("v1", "v1alpha")} <= names
    for name in sorted(names):
        await call.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol=name))
        assert (await call.read()).file_descriptor_response.file_descriptor_proto, name
    await call.done_writing()


async def test_unknown_methods_are_unimplemented(world: ServedBackend, refused: Refused) -> None:
    call = world.api.channel.unary_unary(
        "/ai.stigmer.agentic.agent.v1.AgentCommandController/Apply",
        request_serializer=Struct.SerializeToString,
        response_deserializer=Struct.FromString,
    )
    with refused("UNIMPLEMENTED"):
        await call(Struct())


async def test_ten_megabytes_and_no_more(world: ServedBackend, refused: Refused) -> None:
    big = agent()
    big.spec.instructions = "x" * (9 * 1024 * 1024)
    async with grpc.aio.insecure_channel(
        world.server.addresses[0], options=[("grpc.max_receive_message_length", 20_000_000)]
    ) as channel:
        api = Api(channel)
        assert len((await api.agent.apply(big)).spec.instructions) == len(big.spec.instructions)
        big.spec.instructions *= 2
        with refused("RESOURCE_EXHAUSTED"):
            await api.agent.apply(big)


async def test_a_bug_is_logged_whole_and_told_by_a_number(
    world: ServedBackend, refused: Refused, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(Repository, "by_slug", broken)
    with caplog.at_level(logging.ERROR), pytest.raises(grpc.aio.AioRpcError) as caught:
        await world.api.agent.apply(agent())
    details = caught.value.details() or ""
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "ZeroDivisionError" in details
    assert "secret of the house" not in details
    (record,) = caplog.records
    assert record.exc_info
    assert record.getMessage().removeprefix("bug ") in details


async def test_describe(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path, idle_stop_seconds=60, log_file=tmp_path / "log") as world:
        flow = await world.api.workflow.apply(workflow("Waiting", wait_task()))
        await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        reply = await world.api.daemon.describe(DescribeRequest())
        assert (reply.version, reply.protocol) == ("0.1.0", 1)
        assert (reply.data_dir, reply.log_file) == (str(tmp_path), str(tmp_path / "log"))
        assert (list(reply.addresses), reply.live_executions) == (list(world.server.addresses), 1)
        assert (reply.idle_stop_seconds, reply.pid > 0, reply.started_at[-1]) == (60, True, "Z")


async def test_shutdown_answers_and_then_ends(open_world: OpenWorld, refused: Refused) -> None:
    async with open_world() as world:
        flow = await world.api.workflow.apply(workflow("Waiting", wait_task()))
        await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        with refused("FAILED_PRECONDITION", "1 executions are running"):
            await world.api.daemon.shutdown(ShutDownRequest(only_if_idle=True))
        world.server.shut_down_if_idle()
        with anyio.move_on_after(0.05) as patience:
            await world.server.wait_idle_or_shutdown()
        assert patience.cancelled_caught
        await world.api.daemon.shutdown(ShutDownRequest())
        await world.server.wait_idle_or_shutdown()


async def test_idle_means_no_calls_and_no_executions(open_world: OpenWorld) -> None:
    async with open_world(idle_stop_seconds=0.2) as world:
        flow = await world.api.workflow.apply(workflow("Waiting", wait_task()))
        execution = (
            await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        ).metadata.id
        follower = world.api.workflow_execution.subscribe(
            SubscribeWorkflowExecutionRequest(execution_id=execution)
        )
        await follower.read()
        with anyio.move_on_after(0.6) as patience:
            await world.server.wait_idle_or_shutdown()
        assert patience.cancelled_caught
        from stigmer_api.devloop_pb2 import CancelRequest

        await world.api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=5))
        while await follower.read() is not grpc.aio.EOF:
            pass
        await world.server.wait_idle_or_shutdown()


class EndedJustNow:
    """An engine whose last execution has just ended, for as long as it is asked `times` times."""

    live = 0

    def __init__(self, times: int) -> None:
        self.left = times

    @property
    def quiet_seconds(self) -> float:
        self.left -= 1
        return 0.0 if self.left >= 0 else 1000.0


async def test_the_end_of_an_execution_is_a_sign_of_life() -> None:
    engine = EndedJustNow(times=3)
    settings = ServerSettings(addresses=(), idle_stop_seconds=0.001)
    server = Server(settings, ClientActivity(), engine)  # type: ignore[arg-type]
    await server.wait_idle_or_shutdown()
    assert engine.left < 0


def test_a_call_in_progress_is_no_quiet() -> None:
    activity = ClientActivity()
    with activity:
        assert activity.quiet_seconds == 0
        with activity:
            pass
        assert activity.quiet_seconds == 0
    assert activity.quiet_seconds > 0


async def test_what_goes_wrong_around_it_comes_out_as_it_was(open_world: OpenWorld) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with open_world():
            raise LookupError("mine")


async def test_closing_with_followers_is_quick_and_closes_the_agents(open_world: OpenWorld) -> None:
    async with open_world() as world:
        flow = await world.api.workflow.apply(workflow("Waiting", wait_task()))
        execution = (
            await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        ).metadata.id
        follower = world.api.workflow_execution.subscribe(
            SubscribeWorkflowExecutionRequest(execution_id=execution)
        )
        await follower.read()
    assert world.agents.closed


async def test_an_empty_server_lists_nothing(world: ServedBackend) -> None:
    assert not (await world.api.resources.list(ListResourcesRequest())).items


def test_the_start_loads_no_more_than_it_needs() -> None:
    late = ["pydantic_ai", "openai", "anthropic", "mcp", "temporalio", "cryptography", "typer", "rich", "jq"]
    late += ["zipfile", "difflib", "uuid"]  # of the standard library; together 4 ms
    program = f"import sys, stigmerd.server; print([name for name in {late!r} if name in sys.modules])"
    environment = {"PYTHONPATH": PYTHONPATH}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
