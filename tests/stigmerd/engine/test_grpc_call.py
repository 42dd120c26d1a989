"""GRPC_CALL: a real server that describes itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import Bench
from tests.support.tasks import task

HEALTH = "grpc.health.v1.Health"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("shop", health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((HEALTH, reflection.SERVICE_NAME), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


def call(service: str, method: str, request: Any) -> Any:
    return task("call", "GRPC_CALL", {"service": service, "method": method, "request": request})


async def test_a_method_is_called(bench: Bench, address: str) -> None:
    ended = await bench.run(call(f"{address}/{HEALTH}", "Check", {"service": "${ 'sh' + 'op' }"}))
    assert ended.status.phase == 3, ended.status.error
    assert from_struct(ended.status.output) == {"status": "SERVING"}


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
