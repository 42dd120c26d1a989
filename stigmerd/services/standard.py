"""Health and reflection: what every gRPC server should offer, loaded when first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message

from stigmerd.resources.rpc_error import not_found
from stigmerd.services.activity import ClientActivity
from stigmerd.services.limits import MemoryBudgets
from stigmerd.services.rpc import Context, Router

REFLECTION: Final = "grpc.reflection.v1.ServerReflection"
OLD_REFLECTION: Final = "grpc.reflection.v1alpha.ServerReflection"
NEW_FILE: Final = "grpc/reflection/v1/reflection.proto"


def standard_handlers(services: Sequence[str], budgets: MemoryBudgets) -> tuple[grpc.GenericRpcHandler, ...]:
    # Their own count of calls: somebody who watches our health does not keep us alive.
    return (
        OnDemand("/grpc.health.v1.Health/", lambda: _health(services, Router(ClientActivity(), budgets))),
        # The same in two versions: newer clients ask for the first, older ones know only the second.
        OnDemand(
            f"/{REFLECTION}/", lambda: _reflection(services, Router(ClientActivity(), budgets), newer=True)
        ),
        OnDemand(f"/{OLD_REFLECTION}/", lambda: _reflection(services, Router(ClientActivity(), budgets))),
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


def _reflection(services: Sequence[str], router: Router, *, newer: bool = False) -> grpc.GenericRpcHandler:
    # What is described must be imported, whether or not somebody has asked for it before.
    from grpc_health.v1 import health_pb2
    from grpc_reflection.v1alpha import _async, reflection_pb2

    old = reflection_pb2.DESCRIPTOR
    new = _newer(old)
    names = [
        *services,
        health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
        REFLECTION,
        OLD_REFLECTION,
    ]
    target = Reflection(
        _async.ReflectionServicer(service_names=names), reflection_pb2.ServerReflectionRequest
    )
    router.add((new if newer else old).services_by_name["ServerReflection"], target)
    return router


def _newer(old: FileDescriptor) -> FileDescriptor:
    """v1 is v1alpha under another name, and gRPC for Python has no file for it."""
    with suppress(KeyError):
        known: FileDescriptor = Default().FindFileByName(NEW_FILE)
        return known
    file = FileDescriptorProto()
    old.CopyToProto(file)
    file.name, file.package = NEW_FILE, "grpc.reflection.v1"
    for message in file.message_type:
        for field in message.field:
            if field.type_name:
                field.type_name = _renamed(field.type_name)
    for method in file.service[0].method:
        method.input_type, method.output_type = _renamed(method.input_type), _renamed(method.output_type)
    Default().AddSerializedFile(file.SerializeToString())
    added: FileDescriptor = Default().FindFileByName(NEW_FILE)
    return added


def _renamed(name: str) -> str:
    return name.replace(".v1alpha.", ".v1.")


class Reflection:
    """What gRPC's own servicer answers."""

    def __init__(self, servicer: Any, request: type[Message]) -> None:
        self._servicer = servicer
        self._request = request

    async def server_reflection_info(
        self, requests: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[Any]:
        async for reply in self._servicer.ServerReflectionInfo(self._its_own(requests), context):
            yield reply

    async def _its_own(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            yield self._request.FromString(request.SerializeToString())
