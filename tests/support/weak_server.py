"""A real gRPC server with the weaknesses of real ones: each test says which."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from runcmd.backend.address import Address
from stigmer_api import (
    agent_pb2,
    agent_pb2_grpc,
    agentexecution_pb2,
    agentexecution_pb2_grpc,
    devloop_pb2,
    devloop_pb2_grpc,
    workflow_pb2,
    workflow_pb2_grpc,
    workflowexecution_pb2,
    workflowexecution_pb2_grpc,
)

WEX = "wex-01arz3ndektsv4rrffq69g5fav"
AEX = "aex-01arz3ndektsv4rrffq69g5fav"
PENDING, IN_PROGRESS, COMPLETED, FAILED, CANCELLED = 1, 2, 3, 4, 5


def workflow_execution(phase: int, *tasks: tuple[str, int], **status: Any) -> Any:
    """A snapshot; tasks as (name, state number)."""
    execution = workflowexecution_pb2.WorkflowExecution(kind="WorkflowExecution")
    execution.metadata.id = WEX
    execution.status.phase = phase  # type: ignore[assignment]  # an enum's number
    for name, state in tasks:
        execution.status.tasks.add(task_id=name, task_name=name, status=state, task_type=3)
    for name, value in status.items():
        setattr(execution.status, name, value)
    return execution


def agent_execution(phase: int, *messages: tuple[int, str], **status: Any) -> Any:
    """A snapshot; messages as (role number, text)."""
    execution = agentexecution_pb2.AgentExecution(kind="AgentExecution")
    execution.metadata.id = AEX
    execution.status.phase = phase  # type: ignore[assignment]  # an enum's number
    for role, text in messages:
        execution.status.messages.add(type=role, content=text)
    for name, value in status.items():
        setattr(execution.status, name, value)
    return execution


class OtherExecution:
    """One that is not the run's own, for instance one that it started. Works until it is told otherwise."""

    def __init__(self, on_get: Callable[[], Any], on_subscribe: Callable[[int], AsyncIterator[Any]]) -> None:
        self.on_get = on_get
        self.on_subscribe = on_subscribe
        self.gets = 0
        self.subscriptions = 0


class WeakServer:
    """Behaves as its `on_…` attributes say, and remembers what it was asked."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.calls: list[str] = []
        self.metadata: dict[str, dict[str, str]] = {}
        self.resources: dict[tuple[str, str], Any] = {}
        self.created: list[Any] = []
        self.cancelled: list[str] = []
        self.lists = True  # has the extension Resources
        self.cancels = True  # has the extension ExecutionControl
        self.refuse: dict[str, tuple[grpc.StatusCode, str]] = {}  # method → what it answers
        self.gate: dict[str, Callable[[], Awaitable[object]]] = {}  # method → awaited before it answers
        self.on_subscribe: Callable[[int], AsyncIterator[Any]] = self._nothing
        self.on_get: Callable[[], Any] = lambda: workflow_execution(IN_PROGRESS)
        self.others: dict[str, OtherExecution] = {}  # by id; all other ids are the one that was created
        self.subscriptions = 0
        self.port = 0
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        self._server = grpc.aio.server()
        control, resources = _Control(self), _Resources(self)
        if self.cancels:
            devloop_pb2_grpc.add_ExecutionControlServicer_to_server(control, self._server)
        if self.lists:
            devloop_pb2_grpc.add_ResourcesServicer_to_server(resources, self._server)
        for kind in (agent_pb2_grpc, workflow_pb2_grpc, agentexecution_pb2_grpc, workflowexecution_pb2_grpc):
            _register(self, kind, self._server)
        self._server.add_insecure_port(f"unix:{self.socket}")
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    @property
    def running(self) -> bool:
        return self._server is not None

    @property
    def address(self) -> Address:
        return Address(target=f"unix:{self.socket}")

    async def connect(self) -> Address:
        return self.address

    def has(self, kind: str, slug: str, name: str = "", **annotations: str) -> Any:
        """Deploys something, as if somebody else had."""
        message = agent_pb2.Agent() if kind == "agent" else workflow_pb2.Workflow()
        message.kind = kind.capitalize()
        message.metadata.slug = slug
        message.metadata.name = name or slug
        prefix = "agt" if kind == "agent" else "wfl"
        message.metadata.id = f"{prefix}-{len(self.resources):026}"
        message.metadata.annotations.update(annotations)
        self.resources[kind, slug] = message
        return message

    async def _nothing(self, attempt: int) -> AsyncIterator[Any]:
        return
        yield

    async def asked(self, method: str, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        self.calls.append(method)
        metadata = context.invocation_metadata() or ()
        self.metadata[method] = {str(key): str(value) for key, value in metadata}
        if method in self.gate:
            await self.gate[method]()
        if method in self.refuse:
            await context.abort(*self.refuse[method])


def _register(server: WeakServer, stubs: Any, grpc_server: grpc.aio.Server) -> None:
    """All that a run needs of one pair of services."""
    name = stubs.__name__.rpartition(".")[2].removesuffix("_pb2_grpc")
    kind = "agent" if name.startswith("agent") else "workflow"
    title = kind.capitalize() + ("Execution" if name.endswith("execution") else "")
    calls = _executions(server) if name.endswith("execution") else _definitions(server, kind)
    for part, methods in calls.items():
        service = f"{title}{part}Controller"
        servicer = type(service, (getattr(stubs, f"{service}Servicer"),), methods)()
        getattr(stubs, f"add_{service}Servicer_to_server")(servicer, grpc_server)


def _definitions(server: WeakServer, kind: str) -> dict[str, dict[str, Any]]:
    async def apply(self: object, request: Any, context: Any) -> Any:
        await server.asked(f"{kind}.apply:{request.metadata.name}", context)
        await server.asked(f"{kind}.apply", context)
        slug = request.metadata.slug
        old = server.resources.get((kind, slug))
        reply = server.has(kind, slug, request.metadata.name)
        reply.MergeFrom(request)
        if old is not None:
            reply.metadata.id = old.metadata.id
        reply.status.audit.spec_audit.event = "updated" if old else "created"
        return reply

    async def get(self: object, request: Any, context: Any) -> Any:
        await server.asked(f"{kind}.get", context)
        found = [each for each in server.resources.values() if each.metadata.id == request.value]
        return found[0] if found else await context.abort(grpc.StatusCode.NOT_FOUND, "no such id")

    async def by_reference(self: object, request: Any, context: Any) -> Any:
        await server.asked(f"{kind}.getByReference:{request.slug}", context)
        await server.asked(f"{kind}.getByReference", context)
        found = server.resources.get((kind, request.slug))
        return found or await context.abort(grpc.StatusCode.NOT_FOUND, "no such slug")

    return {"Command": {"apply": apply}, "Query": {"get": get, "getByReference": by_reference}}


def _executions(server: WeakServer) -> dict[str, dict[str, Any]]:
    async def create(self: object, request: Any, context: Any) -> Any:
        server.created.append(request)
        await server.asked("create", context)
        request.metadata.id = WEX if request.kind == "WorkflowExecution" else AEX
        return request

    async def get(self: object, request: Any, context: Any) -> Any:
        if other := server.others.get(request.value):
            await server.asked(f"get:{request.value}", context)
            other.gets += 1
            return other.on_get()
        await server.asked("get", context)
        return server.on_get()

    async def subscribe(self: object, request: Any, context: Any) -> AsyncIterator[Any]:
        execution = getattr(request, "execution_id", "") or getattr(request, "value", "")
        if other := server.others.get(execution):
            await server.asked(f"subscribe:{execution}", context)
            other.subscriptions += 1
            async for snapshot in other.on_subscribe(other.subscriptions):
                yield snapshot
            return
        await server.asked("subscribe", context)
        server.subscriptions += 1
        async for snapshot in server.on_subscribe(server.subscriptions):
            yield snapshot

    return {"Command": {"create": create}, "Query": {"get": get, "subscribe": subscribe}}


class _Control(devloop_pb2_grpc.ExecutionControlServicer):
    def __init__(self, server: WeakServer) -> None:
        self.server = server

    async def cancel(self, request: Any, context: Any) -> Any:
        if not request.execution_id:  # somebody wants to know whether it can be done at all
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "execution_id is required")
        self.server.cancelled.append(request.execution_id)
        await self.server.asked("cancel", context)
        return devloop_pb2.CancelReply(outcome=devloop_pb2.CancelReply.CANCELLED)

    async def signal(self, request: Any, context: Any) -> Any:
        raise NotImplementedError("no run sends signals")


class _Resources(devloop_pb2_grpc.ResourcesServicer):
    def __init__(self, server: WeakServer) -> None:
        self.server = server

    async def list(self, request: Any, context: Any) -> Any:
        await self.server.asked("list", context)
        reply = devloop_pb2.ListResourcesReply()
        for (kind, slug), each in self.server.resources.items():
            reply.items.add(
                kind=40 if kind == "agent" else 50,
                id=each.metadata.id,
                slug=slug,
                name=each.metadata.name,
                annotations=dict(each.metadata.annotations),
            )
        return reply
