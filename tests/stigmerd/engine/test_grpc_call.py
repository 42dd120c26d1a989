"""GRPC_CALL: a real server that describes itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import Bench
from tests.support.tasks import task

HEALTH = "grpc.health.v1.Health"


@asynccontextmanager
async def serving(*versions: str) -> AsyncIterator[str]:
    """The address of a server that describes itself in these versions of reflection."""
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("shop", health_pb2.HealthCheckResponse.SERVING)
    describing = reflection.aio.ReflectionServicer([HEALTH]).ServerReflectionInfo
    talk = grpc.stream_stream_rpc_method_handler(
        describing,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for version in versions:
        name = f"grpc.reflection.{version}.ServerReflection"
        handler = grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": talk})
        server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serving("v1alpha") as address:
        yield address


def call(service: str, method: str, request: Any) -> Any:
    return task("call", "GRPC_CALL", {"service": service, "method": method, "request": request})


async def test_a_method_is_called(bench: Bench, address: str) -> None:
    ended = await bench.run(call(f"{address}/{HEALTH}", "Check", {"service": "${ 'sh' + 'op' }"}))
    assert ended.status.phase == 3, ended.status.error
    assert from_struct(ended.status.output) == {"status": "SERVING"}


@pytest.mark.parametrize("versions", [("v1",), ("v1alpha",), ("v1", "v1alpha")])
async def test_either_version_of_reflection_will_do(bench: Bench, versions: tuple[str, ...]) -> None:
    async with serving(*versions) as address:
        ended = await bench.run(call(f"{address}/{HEALTH}", "Check", {"service": "shop"}))
    assert ended.status.phase == 3, ended.status.error


async def test_a_server_without_reflection_is_told_from_one_that_does_not_know_the_service(
    bench: Bench,
) -> None:
    async with serving() as address:
        ended = await bench.run(call(f"{address}/{HEALTH}", "Check", {}))
    assert f"the server does not describe {HEALTH} by reflection" in ended.status.error
    assert "it offers no reflection, neither v1 nor v1alpha" in ended.status.error


async def test_what_goes_wrong_is_said(bench: Bench, address: str) -> None:
    calls = {
        "answered NOT_FOUND": call(f"{address}/{HEALTH}", "Check", {"service": "nobody"}),
        "does not fit": call(f"{address}/{HEALTH}", "Check", {"nonsense": 1}),
        "has no method 'Dance'": call(f"{address}/{HEALTH}", "Dance", {}),
        "only unary": call(f"{address}/{HEALTH}", "Watch", {}),
        "does not describe no.Such": call(f"{address}/no.Such", "Check", {}),
        "`host:port/package.Service`": call(HEALTH, "Check", {}),
    }
    for text, each in calls.items():
        ended = await bench.run(each)
        assert text in ended.status.error, ended.status.error
