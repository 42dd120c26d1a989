"""What a gRPC server says of a service of its own, in either version of the protocol."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from stigmerd.workflow.failure import TaskFailed, failed

DESCRIPTION_BYTES: Final = 4 << 20
MOST_FILES: Final = 1000
SHOWN_CHARACTERS: Final = 300
# The same messages in both. Newer servers may have only the first, older ones have only the second.
VERSIONS: Final = ("v1", "v1alpha")


class BadAnswer(Exception):  # noqa: N818
    """The server says what cannot be used."""

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.detail = detail[:SHOWN_CHARACTERS]


async def described_files(channel: grpc.aio.Channel, service: str) -> dict[str, FileDescriptorProto]:
    """The file that declares the service, and all that it imports.

    Raises TaskFailed (it is not described), BadAnswer and AioRpcError.
    """
    for version in VERSIONS:
        try:
            return await _files(channel, service, version)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
    raise _not_described(service, f"it offers no reflection, neither {VERSIONS[0]} nor {VERSIONS[1]}")


def parsed(kind: Any, data: bytes) -> Any:
    """Raises BadAnswer."""
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise BadAnswer("the server's answer cannot be read", str(error)) from None


async def _files(channel: grpc.aio.Channel, service: str, version: str) -> dict[str, FileDescriptorProto]:
    from grpc_reflection.v1alpha import reflection_pb2

    stream: Any = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=None,
    )()
    files: dict[str, FileDescriptorProto] = {}
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=service)
    asked: set[str] = set()
    size = 0
    while True:
        await stream.write(request)
        data = await stream.read()
        if data is grpc.aio.EOF:
            raise _not_described(service, "it ended the talk")
        size += len(data)
        if size > DESCRIPTION_BYTES or len(files) > MOST_FILES:
            raise BadAnswer("the server's description of itself is too large")
        reply = parsed(reflection_pb2.ServerReflectionResponse, data)
        if reply.HasField("error_response"):
            raise _not_described(service, reply.error_response.error_message[:SHOWN_CHARACTERS])
        for each in reply.file_descriptor_response.file_descriptor_proto:
            file = parsed(FileDescriptorProto, each)
            files[file.name] = file
        missing = {name for file in files.values() for name in file.dependency} - files.keys()
        if not missing:
            break
        name = min(missing)
        if name in asked:
            raise BadAnswer("the server does not describe what it imports itself", name)
        if len(missing) > MOST_FILES:
            raise BadAnswer("the server's description of itself is too large")
        asked.add(name)
        request = reflection_pb2.ServerReflectionRequest(file_by_filename=name)
    await stream.done_writing()
    return files


def _not_described(service: str, why: str) -> TaskFailed:
    return failed("configuration", f"the server does not describe {service} by reflection", why, status=404)
