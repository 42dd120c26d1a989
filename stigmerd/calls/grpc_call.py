"""GRPC_CALL: a unary method of a server that describes itself by reflection.

`service` is `host:port/package.Service`, with `grpcs://` in front for TLS. The contract has no field for the
address, so it is a part of the service's name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from stigmerd.effects import JournalledEffects
from stigmerd.records import Json
from stigmerd.workflow.failure import failed

SECONDS: Final = 60
TARGET: Final = re.compile(r"(?:(?P<scheme>grpcs?)://)?(?P<address>[^/]+)/(?P<service>[A-Za-z_][\w.]*)")
RESULT_BYTES: Final = 4 << 20


class GrpcCalls:
    async def __call__(self, key: str, arguments: Mapping[str, Json], effects: JournalledEffects) -> Json:
        target = TARGET.fullmatch(arguments["service"])
        if target is None:
            raise failed(
                "configuration",
                "the server of a GRPC_CALL is unknown",
                f"write the service as `host:port/package.Service`, not {arguments['service']!r}",
                status=400,
            )
        name = f"{target['address']}/{target['service']}/{arguments['method']}"
        request = effects.sealed.reveal(arguments["request"]) or {}
        try:
            async with asyncio.timeout(SECONDS), _channel(target) as channel:
                method = await _described(channel, target["service"], arguments["method"])
                return await _called(channel, method, request)
        except TimeoutError:
            raise failed("grpc", f"{name} did not answer within {SECONDS} s", status=504) from None
        except ParseError as error:
            raise failed(
                "configuration", f"the request does not fit {name}", str(error), status=400
            ) from None
        except grpc.aio.AioRpcError as error:
            code = error.code()
            raise failed(
                "grpc", f"{name} answered {code.name}", error.details() or "", status=code.value[0]
            ) from None


def _channel(target: re.Match[str]) -> grpc.aio.Channel:
    options = [("grpc.max_receive_message_length", RESULT_BYTES)]
    if target["scheme"] == "grpcs":
        return grpc.aio.secure_channel(target["address"], grpc.ssl_channel_credentials(), options=options)
    return grpc.aio.insecure_channel(target["address"], options=options)


async def _described(channel: grpc.aio.Channel, service: str, method: str) -> MethodDescriptor:
    pool = descriptor_pool.DescriptorPool()
    files = await _files(channel, service)
    for name in _in_order(files):
        pool.Add(files[name])
    found = pool.FindServiceByName(service).methods_by_name.get(method)
    if found is None:
        known = ", ".join(pool.FindServiceByName(service).methods_by_name)
        raise failed("configuration", f"{service} has no method {method!r}", f"it has {known}", status=400)
    if found.client_streaming or found.server_streaming:
        raise failed(
            "unsupported", f"{service}/{method} streams; only unary methods can be called", status=501
        )
    return found


async def _files(channel: grpc.aio.Channel, service: str) -> dict[str, Any]:
    """The file that declares the service, and all that it imports."""
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    stream = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
    files: dict[str, Any] = {}
    wanted = [reflection_pb2.ServerReflectionRequest(file_containing_symbol=service)]
    while wanted:
        await stream.write(wanted.pop())
        reply = await stream.read()
        if reply is grpc.aio.EOF or reply.HasField("error_response"):
            raise failed("configuration", f"the server does not describe {service} by reflection", status=404)
        for data in reply.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file
        missing = {name for file in files.values() for name in file.dependency} - files.keys()
        wanted = [reflection_pb2.ServerReflectionRequest(file_by_filename=name) for name in sorted(missing)]
    await stream.done_writing()
    return files


def _in_order(files: Mapping[str, Any]) -> list[str]:
    """What is imported comes first."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for dependency in files[name].dependency:
                add(dependency)
            ordered[name] = None

    for name in files:
        add(name)
    return list(ordered)


async def _called(channel: grpc.aio.Channel, method: MethodDescriptor, given: Json) -> Json:
    request: Message = message_factory.GetMessageClass(method.input_type)()
    answer: type[Message] = message_factory.GetMessageClass(method.output_type)
    ParseDict(given, request)
    call: Any = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=answer.FromString,
    )
    return MessageToDict(await call(request), preserving_proto_field_name=True)
