"""Health and reflection: what every gRPC server should offer, loaded when first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import grpc

from stigmerd.resources.rpc_error import not_found
from stigmerd.services.activity import ClientActivity
from stigmerd.services.limits import MemoryBudgets
from stigmerd.services.rpc import Context, Router


def standard_handlers(services: Sequence[str], budgets: MemoryBudgets) -> tuple[grpc.GenericRpcHandler, ...]:
    # Their own count of calls: somebody who watches our health does not keep us alive.
    return (
        OnDemand("/grpc.health.v1.Health/", lambda: _health(services, Router(ClientActivity(), budgets))),
        OnDemand(
            "/grpc.reflection.v1alpha.ServerReflection/",
            lambda: _reflection(services, Router(ClientActivity(), budgets)),
        ),
    )


class OnDemand(grpc.GenericRpcHandler):
    """Imports nothing until a path with the prefix is called."""

    def __init__(self, prefix: str, load: Callable[[], grpc.GenericRpcHandler]) -> None:
        self._prefix = prefix
        self._load = load
        self._loaded: grpc.GenericRpcHandler | None = None

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        if not details.method.startswith(self._prefix):
            return None
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded.service(details)


def _health(services: Sequence[str], router: Router) -> grpc.GenericRpcHandler:
    from grpc_health.v1 import health_pb2

    serving = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
    router.add(health_pb2.DESCRIPTOR.services_by_name["Health"], Health(services, serving))
    return router


class Health:
    """All services are up as long as the process is."""

    def __init__(self, services: Sequence[str], serving: Any) -> None:
        self._known = frozenset(services) | {""}
        self._serving = serving

    async def check(self, request: Any, context: Context) -> Any:
        if request.service not in self._known:
            raise not_found(f"there is no service {request.service}")
        return self._serving

    async def watch(self, request: Any, context: Context) -> AsyncIterator[Any]:
        yield await self.check(request, context)
        await asyncio.Event().wait()


def _reflection(services: Sequence[str], router: Router) -> grpc.GenericRpcHandler:
    from grpc_reflection.v1alpha import _async, reflection_pb2

    servicer = _async.ReflectionServicer(service_names=[*services, "grpc.health.v1.Health"])
    router.add(reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"], Reflection(servicer))
    return router


class Reflection:
    """What gRPC's own servicer answers."""

    def __init__(self, servicer: Any) -> None:
        self._servicer = servicer

    async def server_reflection_info(
        self, requests: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[Any]:
        async for reply in self._servicer.ServerReflectionInfo(requests, context):
            yield reply
