"""The daemon of a world, asked with bytes of our choice instead of messages."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

import stigmer_api
from tests.support.world import World

STANDARD = (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR)


def all_methods() -> list[MethodDescriptor]:
    """Of every service that the daemon has, the standard ones among them."""
    names = sorted(each.name for each in pkgutil.iter_modules(stigmer_api.__path__))
    modules = [import_module(f"stigmer_api.{name}") for name in names if name.endswith("_pb2")]
    files = [*(module.DESCRIPTOR for module in modules), *STANDARD]
    services = [service for file in files for service in file.services_by_name.values()]
    return [method for service in services for method in service.methods]


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


@dataclass(frozen=True)
class Answer:
    """How a call ended."""

    code: grpc.StatusCode
    text: str
    message: bytes | None = None


class Raw:
    """Sends bytes."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel

    def call(self, path: str, *messages: bytes, seconds: float = 60, **options: Any) -> Answer:
        """As a stream in both directions, which on the wire every method is."""
        replies = self.channel.stream_stream(path)(iter(messages), timeout=seconds, **options)
        try:
            return Answer(grpc.StatusCode.OK, "", next(iter(replies), None))
        except grpc.RpcError as error:
            return Answer(error.code(), error.details() or "")  # type: ignore[attr-defined]
        finally:
            replies.cancel()


@contextmanager
def raw_client(world: World) -> Iterator[Raw]:
    """Starts the daemon if there is none."""
    with grpc.insecure_channel(address_of(world)) as channel:
        yield Raw(channel)


def address_of(world: World) -> str:
    if world.daemon_pid() is None:
        done = world.run("server", "start")
        assert done.code == 0, done.text
    return f"unix:{json.loads((world.data / 'daemon.json').read_text())['socket']}"


def log_of(world: World) -> str:
    return (world.data / "logs" / "stigmerd.log").read_text()


def paths_to(kind: Descriptor, wanted: str, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of fields that lead to messages of the type `wanted`."""
    if kind.full_name in seen or kind.full_name.startswith("google."):
        return
    for field in kind.fields:
        content = field.message_type
        if content is None or content.GetOptions().map_entry:
            continue
        if content.full_name == wanted:
            yield (field.name,)
        for rest in paths_to(content, wanted, (*seen, kind.full_name)):
            yield (field.name, *rest)


def at(message: Any, path: tuple[str, ...]) -> Any:
    """The (first) message there, made if it is not there yet."""
    for name in path:
        field = message.DESCRIPTOR.fields_by_name[name]
        value = getattr(message, name)
        message = (value[0] if value else value.add()) if field.is_repeated else value
    return message
