"""The original's server: the services of the contract that it registers, and nothing else.

No extension of ours, no health, no reflection, no list that lists, nothing that cancels.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass

from stigmer_api import (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    environment_pb2,
    executioncontext_pb2,
    session_pb2,
    skill_pb2,
    workflow_pb2,
    workflowexecution_pb2,
    workflowinstance_pb2,
)
from tests.support.original.executions import Executions
from tests.support.original.resources import Resources, StepFailed
from tests.support.original.runners import Runners

# McpServer and the workflow runner's service are in the contract, and not registered.
REGISTERED = (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    environment_pb2,
    executioncontext_pb2,
    session_pb2,
    skill_pb2,
    workflow_pb2,
    workflowexecution_pb2,
    workflowinstance_pb2,
)
LIMIT_BYTES = 10 << 20
EMPTY_LISTS = ("list", "listBySession", "listByAgent", "getByAgent")
WORKERS = 48  # a subscription holds one


class OriginalServer:
    """Listens on a port of this machine as long as it is open."""

    def __init__(self, *, credentials: grpc.ServerCredentials | None = None, token: str = "") -> None:
        self.resources = Resources()
        self.executions = Executions(self.resources)
        self.runners = Runners()
        self.calls: list[str] = []
        self.tokens: dict[str, str] = {}  # method → the last authorization that came with it
        self._token = token
        options = [
            ("grpc.max_receive_message_length", LIMIT_BYTES),
            ("grpc.max_send_message_length", LIMIT_BYTES),
        ]
        self._server = grpc.server(ThreadPoolExecutor(WORKERS), options=options)
        for module in REGISTERED:
            for service in module.DESCRIPTOR.services_by_name.values():
                self._server.add_generic_rpc_handlers([self._handler(service)])
        if credentials is None:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            self.port = self._server.add_secure_port("localhost:0", credentials)

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    @property
    def created(self) -> list[Any]:
        """All executions, oldest first."""
        return self.resources.of("WorkflowExecution") + self.resources.of("AgentExecution")

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait()
        self.runners.may_go_on.set()  # nobody hears of it any more

    def _handler(self, service: Any) -> grpc.GenericRpcHandler:
        kind = service.name.removesuffix("Controller").removesuffix("Command").removesuffix("Query")
        handlers: dict[str, Any] = {}
        for method in service.methods:
            if method.name == "listByWorkflow":
                continue  # in the contract, and not implemented
            make = (
                grpc.unary_stream_rpc_method_handler
                if method.server_streaming
                else grpc.unary_unary_rpc_method_handler
            )
            serve = self._stream if method.server_streaming else self._unary
            handlers[method.name] = make(
                serve(kind, method),
                request_deserializer=GetMessageClass(method.input_type).FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )
        return grpc.method_handlers_generic_handler(service.full_name, handlers)

    def _unary(self, kind: str, method: Any) -> Any:
        answer = GetMessageClass(method.output_type)

        def unary(request: Any, context: Any) -> Any:
            self._let_in(f"{kind}.{method.name}", context)
            try:
                return self._answer(kind, method.name, request, answer)
            except StepFailed as failure:
                context.abort(failure.code, str(failure))

        return unary

    def _stream(self, kind: str, method: Any) -> Any:
        def stream(request: Any, context: Any) -> Iterator[Any]:
            self._let_in(f"{kind}.{method.name}", context)
            execution_id = getattr(request, "execution_id", "") or getattr(request, "value", "")
            try:
                yield from self.executions.subscribe(kind, execution_id, context.add_callback)
            except StepFailed as failure:
                context.abort(failure.code, str(failure))

        return stream

    def _let_in(self, method: str, context: Any) -> None:
        self.calls.append(method)
        sent = str(dict(context.invocation_metadata()).get("authorization", ""))
        self.tokens[method] = sent
        if self._token and sent != f"Bearer {self._token}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "invalid or missing token")

    def _answer(self, kind: str, method: str, request: Any, answer: Any) -> Any:
        resources = self.resources
        match method:
            case "create" if kind.endswith("Execution"):
                return self._execute(kind, request)
            case "create":
                return self._with_instance(kind, resources.create(kind, request))
            case "apply":
                return resources.apply(kind, request, lambda row: self._with_instance(kind, row))
            case "update":
                return resources.update(kind, request)
            case "updateStatus":
                return self.executions.update_status(kind, request.execution_id, request.status)
            case "delete":
                return resources.delete(kind, getattr(request, "value", "") or request.resource_id)
            case "get":
                return resources.get(kind, request.value)
            case "getByReference":
                return resources.by_reference(kind, request)
            case "getByWorkflow":
                rows = [row for row in resources.of(kind) if row.spec.workflow_id == request.workflow_id]
                return answer(entries=rows)
            case name if name in EMPTY_LISTS:
                return answer()  # it decodes its binary rows as JSON, and skips what fails: all of them
        raise StepFailed(method, grpc.StatusCode.UNIMPLEMENTED, f"the tests have no {kind}.{method}")

    def _with_instance(self, kind: str, row: Any) -> Any:
        """Agents and workflows get a default instance."""
        if kind in ("Agent", "Workflow"):
            module = (
                agentinstance_pb2.AgentInstance if kind == "Agent" else workflowinstance_pb2.WorkflowInstance
            )
            instance: Any = module()
            instance.metadata.name = f"{row.metadata.name}-default"
            instance.metadata.org = row.metadata.org
            setattr(instance.spec, f"{kind.lower()}_id", row.metadata.id)
            row.status.default_instance_id = self.resources.create(f"{kind}Instance", instance).metadata.id
        return row

    def _new_session(self, agent: Any) -> str:
        session = session_pb2.Session()
        session.metadata.name = f"session-{time.time_ns()}"
        session.metadata.org = agent.metadata.org
        session.spec.agent_instance_id = agent.status.default_instance_id
        session.spec.subject = "Auto-created session"
        return str(self.resources.create("Session", session).metadata.id)

    def _execute(self, kind: str, request: Any) -> Any:
        row = self.executions.create(kind, request)
        execution_id = row.metadata.id

        def report(status: Any) -> None:
            self.executions.update_status(kind, execution_id, status)

        if kind == "WorkflowExecution":
            target = self.resources.get("Workflow", request.spec.workflow_id)
            work, subject = self.runners.workflow, target
        else:
            target = self.resources.get("Agent", request.spec.agent_id)
            row.spec.session_id = row.spec.session_id or self._new_session(target)
            work, subject = self.runners.agent, target.metadata.name

        def at_work() -> None:
            if self.runners.in_step:  # nothing that is reported before would be seen
                self.executions.subscribed.acquire()
            work(subject, report)

        threading.Thread(target=at_work, daemon=True).start()
        return type(row).FromString(row.SerializeToString())


@contextmanager
def original_server(
    *, credentials: grpc.ServerCredentials | None = None, token: str = ""
) -> Iterator[OriginalServer]:
    server = OriginalServer(credentials=credentials, token=token)
    server.start()
    try:
        yield server
    finally:
        server.stop()
