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
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from stigmerd.engine.calls.reflection import BadAnswer, described_files, parsed
from stigmerd.engine.interfaces import Call, CallContext, CallTools
from stigmerd.store.json import Json
from stigmerd.workflow.failure import failed

SECONDS: Final = 60
TARGET: Final = re.compile(r"(?:(?P<scheme>grpcs?)://)?(?P<address>[^/]+)/(?P<service>[A-Za-z_][\w.]*)")
RESULT_BYTES: Final = 4 << 20


class GrpcCalls(Call):
    def __init__(self, tools: CallTools) -> None:
        """Needs none of them."""

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        target = TARGET.fullmatch(arguments["service"])
        if target is None:
            raise failed(
                "configuration",
                "the server of a GRPC_CALL is unknown",
                f"write the service as `host:port/package.Service`, not {arguments['service']!r}",
                status=400,
            )
        name = f"{target['address']}/{target['service']}/{arguments['method']}"
        request = context.tokens.reveal(arguments["request"]) or {}
        try:
            async with asyncio.timeout(SECONDS), _channel(target) as channel:
                files = await described_files(channel, target["service"])
                method = await asyncio.to_thread(_find_method, files, target["service"], arguments["method"])
                return await _call_unary(channel, method, request)
        except BadAnswer as bad:
            raise failed("grpc", f"{name}: {bad}", bad.detail, status=502) from None
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


def _find_method(files: Mapping[str, FileDescriptorProto], service: str, method: str) -> MethodDescriptor:
    pool = descriptor_pool.DescriptorPool()
    try:
        for name in _dependencies_first(files):
            pool.Add(files[name])
        methods = pool.FindServiceByName(service).methods_by_name
    # What a foreign description can make protobuf raise is not written down.
    except Exception as error:
        raise BadAnswer("the server describes itself wrongly", str(error)) from None
    found = methods.get(method)
    if found is None:
        known = ", ".join(methods)
        raise failed("configuration", f"{service} has no method {method!r}", f"it has {known}", status=400)
    if found.client_streaming or found.server_streaming:
        raise failed(
            "unsupported", f"{service}/{method} streams; only unary methods can be called", status=501
        )
    return found


def _dependencies_first(files: Mapping[str, FileDescriptorProto]) -> list[str]:
    """What is imported comes first. A circle has no order: protobuf says what it thinks of it."""
    ordered: dict[str, None] = {}
    begun: set[str] = set()
    waiting = [*files][::-1]
    while waiting:
        name = waiting[-1]
        missing = [each for each in files[name].dependency if each not in begun]
        begun.add(name)
        if missing:
            waiting += missing
        else:
            ordered.setdefault(waiting.pop())
    return list(ordered)


async def _call_unary(channel: grpc.aio.Channel, method: MethodDescriptor, fields: Json) -> Json:
    request: Message = message_factory.GetMessageClass(method.input_type)()
    answer: type[Message] = message_factory.GetMessageClass(method.output_type)
    ParseDict(fields, request)
    call: Any = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=None,
    )
    data = await call(request)
    try:
        return MessageToDict(parsed(answer, data), preserving_proto_field_name=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadAnswer("the server's answer cannot be shown as JSON", str(error)) from None
