"""D20 d: whatever a server says or a variable holds, what goes wrong in a call is a failed task for TRY."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2 as wire

from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import Bench, workflow_of
from tests.support.tasks import set_task, task

Answer = Callable[[wire.ServerReflectionRequest], Iterator[bytes]]


def described(*files: FileDescriptorProto) -> bytes:
    reply = wire.ServerReflectionResponse()
    reply.file_descriptor_response.file_descriptor_proto.extend(each.SerializeToString() for each in files)
    return reply.SerializeToString()


def file(name: str, *imports: str, service: str = "") -> FileDescriptorProto:
    made = FileDescriptorProto(name=name, package="p", dependency=imports, syntax="proto3")
    if service:
        made.message_type.add(name="M")
        made.service.add(name=service).method.add(name="Do", input_type=".p.M", output_type=".p.M")
    return made


def circular(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield described(file("a", "b", service="S"), file("b", "a"))


def broken(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    bad = file("a", service="S")
    bad.service[0].method[0].input_type = ".p.Nothing"
    yield described(bad)


def no_service(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield described(file("a"))


def missing(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield described(file("a", "absent", service="S"))


def garbage(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield b"\xff\xff\xff"


def garbage_inside(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    reply = wire.ServerReflectionResponse()
    reply.file_descriptor_response.file_descriptor_proto.append(b"\xff\xff")
    yield reply.SerializeToString()


def huge(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield described(file("a", *(f"file-{number}" for number in range(100_000)), service="S"))


def endless(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    asked = int(request.file_by_filename or 0)
    yield described(file(str(asked), str(asked + 1), service="S"))


def deep(request: wire.ServerReflectionRequest) -> Iterator[bytes]:
    yield described(*(file(str(n), str(n + 1)) for n in range(5000)), file("5000", service="S"))


@asynccontextmanager
async def serving(answer: Answer, result: bytes = b"") -> AsyncIterator[str]:
    async def reflect(requests: AsyncIterator[bytes], _: object) -> AsyncIterator[bytes]:
        async for data in requests:
            for each in answer(wire.ServerReflectionRequest.FromString(data)):
                yield each

    async def do(_: bytes, __: object) -> bytes:
        return result

    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "grpc.reflection.v1alpha.ServerReflection",
                {"ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(reflect)},
            ),
            grpc.method_handlers_generic_handler("p.S", {"Do": grpc.unary_unary_rpc_method_handler(do)}),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def guarded(call: Any) -> list[Any]:
    """What a TRY caught is the output."""
    caught = set_task("said", type="${ .error.type }", text="${ .error.detail }")
    return [task("guard", "TRY", {"try": [call], "catch": {"as": "error", "do": [caught]}})]


async def fails(bench: Bench, caplog: pytest.LogCaptureFixture, call: Any, **facts: str) -> str:
    """The type of the failure, which a TRY has caught."""
    definition = workflow_of(*guarded(call))
    for name, value in facts.items():
        definition.metadata.annotations[f"devloop.stigmer.ai/{name.replace('_', '-')}"] = value
    execution_id = bench.add(definition, env={})
    bench.engine.start(execution_id)
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3, ended.status.error
    output = from_struct(ended.status.output)
    assert "Traceback" not in caplog.text
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR], caplog.text
    return str(output["type"])


def grpc_call(address: str, **request: Any) -> Any:
    return task("call", "GRPC_CALL", {"service": f"{address}/p.S", "method": "Do", "request": request})


@pytest.mark.parametrize(
    "answer", [circular, broken, no_service, missing, garbage, garbage_inside, huge, endless]
)
async def test_a_server_that_describes_itself_wrongly(
    bench: Bench, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    async with serving(answer) as address:
        assert await fails(bench, caplog, grpc_call(address)) == "grpc"


async def test_a_long_chain_of_imports_is_no_mistake(bench: Bench) -> None:
    async with serving(deep) as address:
        ended = await bench.run(grpc_call(address))
    assert ended.status.phase == 3, ended.status.error


async def test_an_answer_that_cannot_be_read(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def good(_: wire.ServerReflectionRequest) -> Iterator[bytes]:
        yield described(file("a", service="S"))

    async with serving(good, b"\xff\xff\xff") as address:
        assert await fails(bench, caplog, grpc_call(address)) == "grpc"


async def test_an_activity_with_a_name_that_no_process_can_be_given(
    bench: Bench, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("")
    facts = {"python": sys.executable, "main": str(tmp_path / "main.py"), "project_dir": str(tmp_path)}
    call = task("call", "CALL_ACTIVITY", {"activity": '${ "with\\u0000nul" }'})
    assert await fails(bench, caplog, call, **facts) == "configuration"


@pytest.mark.parametrize("bad", [{"A": "x\0y"}, {"A=B": "x"}, {"": "x"}])
async def test_variables_that_no_process_can_have(bench: Bench, tmp_path: Path, bad: dict[str, str]) -> None:
    (tmp_path / "main.py").write_text("")
    definition = workflow_of(*guarded(task("call", "CALL_ACTIVITY", {"activity": "x"})))
    for name, value in {"python": sys.executable, "main": "main.py", "project-dir": str(tmp_path)}.items():
        definition.metadata.annotations[f"devloop.stigmer.ai/{name}"] = value
    execution_id = bench.add(definition, env=bad)
    bench.engine.start(execution_id)
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3, ended.status.error
    assert from_struct(ended.status.output)["type"] in ("configuration", "activity")


async def test_proxy_variables_do_not_stand_between_us_and_this_machine(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:7890/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent/cacert.pem")
    monkeypatch.setenv("NO_PROXY", "::1/128")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    here = {"method": "GET", "endpoint": {"uri": f"http://127.0.0.1:{port}/"}, "timeout_seconds": 5}
    ended = await bench.run(task("call", "HTTP_CALL", here))
    assert ended.status.phase == 3, ended.status.error
    elsewhere = {**here, "endpoint": {"uri": "http://far.example/"}}
    assert await fails(bench, caplog, task("call", "HTTP_CALL", elsewhere)) == "configuration"
    server.close()
    await server.wait_closed()


async def test_a_clock_that_was_set_back_makes_no_pause_longer(bench: Bench) -> None:
    """D20 e: what the record of a time before the clock was set back says."""
    execution_id = bench.add(workflow_of(task("pause", "WAIT", {"seconds": 0.01})))
    bench.executions.journal(execution_id).put("task/pause", {"until": time.time() + 7200})
    bench.engine.start(execution_id)
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3, ended.status.error
