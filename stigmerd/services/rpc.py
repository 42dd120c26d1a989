"""From a gRPC call to the method that answers it, and from a refusal to the status of the call."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from stigmer_api.facts import ERROR_CODE
from stigmer_api.shortage import shortage
from stigmerd.resources.rpc_error import RpcError, unsupported
from stigmerd.services.activity import ClientActivity
from stigmerd.services.limits import MAX_MESSAGE_BYTES, SMALL_BYTES, MemoryBudgets
from stigmerd.services.wire import Context, Vanished, Wire, encoded
from stigmerd.store.errors import Gone, StoreError

logger = logging.getLogger(__name__)

__all__ = ["Context", "Router"]

Answer = Callable[[Any, Context], Awaitable[Message]]
Stream = Callable[[Any, Context], AsyncIterator[Message | bytes]]
Serve = Callable[[Wire, Context], Awaitable[None]]

# Too little room for a longer text: it travels in HTTP/2 headers, which clients limit to 8 KiB.
MAX_DETAIL_CHARACTERS = 3000
TALK_SECONDS = 5  # how long the next message of a call with many is waited for
FAREWELL_SECONDS = 5


# Services that change nothing.
ASKING = re.compile("Query|^Resources$|^Daemon$")


async def nothing() -> None: ...


def changing(method: MethodDescriptor) -> bool:
    return not ASKING.search(method.containing_service.name)


class Router(grpc.GenericRpcHandler):
    """Knows the method behind each path."""

    def __init__(
        self,
        activity: ClientActivity,
        budgets: MemoryBudgets,
        flushed: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self._activity = activity
        self._budgets = budgets
        self._flushed = flushed
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def add(self, service: ServiceDescriptor, target: object) -> None:
        """Serve `service` by the methods of `target`: `getByReference` is answered by `get_by_reference`."""
        for method in service.methods:
            self._handlers[f"/{service.full_name}/{method.name}"] = self._handler(method, target)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        return self._handlers.get(details.method)

    def _handler(self, method: MethodDescriptor, target: object) -> grpc.RpcMethodHandler[Any, Any]:
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", method.name).lower()
        answer: Any = getattr(target, name, None) or _missing(method)
        if not (method.client_streaming or method.server_streaming) and changing(method):
            answer = _durable(answer, self._flushed)
        serve = _serve(answer, method)

        async def call(_: object, context: Context) -> None:
            with self._activity:
                try:
                    await serve(Wire(context, self._budgets.of(context.peer())), context)
                except Exception as error:
                    await _refuse(error, context)

        # On the wire all methods are streams. So it is for us to say when a message is read, and what if it
        # is none, and to notice who has gone.
        return grpc.stream_stream_rpc_method_handler(call)


def _serve(answer: Any, method: MethodDescriptor) -> Serve:
    kind = GetMessageClass(method.input_type)
    if method.client_streaming:
        return _conversation(answer, kind)
    return _stream(answer, kind) if method.server_streaming else _unary(answer, kind)


def _unary(answer: Answer, kind: type[Message]) -> Serve:
    async def unary(wire: Wire, context: Context) -> None:
        async with wire.request(kind, MAX_MESSAGE_BYTES) as request:
            reply = encoded(await answer(request, context))
        await wire.send(reply)

    return unary


def _stream(answer: Stream, kind: type[Message]) -> Serve:
    async def stream(wire: Wire, context: Context) -> None:
        # A stream can last for days, and so would the message that asked for it.
        async with wire.request(kind, SMALL_BYTES) as request:
            pass
        async for message in answer(request, context):
            await wire.send(encoded(message))

    return stream


def _conversation(answer: Stream, kind: type[Message]) -> Serve:
    async def conversation(wire: Wire, context: Context) -> None:
        async for message in answer(wire.requests(kind, TALK_SECONDS), context):
            await wire.send(encoded(message))

    return conversation


def _durable(answer: Answer, flushed: Callable[[], Awaitable[None]]) -> Answer:
    """What was answered outlives a power cut."""

    async def durable(request: Message, context: Context) -> Message:
        reply = await answer(request, context)
        await flushed()
        return reply

    return durable


def _missing(method: MethodDescriptor) -> Answer:
    async def answer(request: Message, context: Context) -> Message:
        raise unsupported(f"{method.full_name} is not offered by this backend")

    return answer


async def _refuse(error: Exception, context: Context) -> None:
    """The boundary: what a caller may know of an exception. A bug is logged whole."""
    if isinstance(error, Vanished):
        # gRPC cancels the call in a moment; to end it before that would be one more message that fails.
        await asyncio.sleep(FAREWELL_SECONDS)
    elif isinstance(error, grpc.aio.AbortError):
        raise error
    elif isinstance(error, RpcError):
        await _abort(context, error.status, _short(str(error)), error.code)
    elif isinstance(error, Gone):
        await _abort(
            context,
            grpc.StatusCode.NOT_FOUND,
            f"not found: {error.args[0]}; it may have been deleted",
            "E0512",
        )
    elif isinstance(error, StoreError):
        logger.error("the store failed: %s", error)
        await _abort(context, grpc.StatusCode.UNAVAILABLE, str(error), error.code)
    elif lacks := shortage(error):
        await _abort(
            context,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            f"the backend: {lacks.text}; {lacks.hint}",
            lacks.code,
        )
    else:
        reference = secrets.token_hex(4)
        logger.error("bug %s", reference, exc_info=error)
        await _abort(
            context,
            grpc.StatusCode.INTERNAL,
            f"a bug in the backend ({type(error).__name__}, reference {reference}): its log has the details",
            "E0510",
        )


async def _abort(context: Context, status: grpc.StatusCode, text: str, code: str) -> None:
    with suppress(grpc.aio.InternalError):  # who called has gone
        await context.abort(status, text, trailing_metadata=((ERROR_CODE, code),))


def _short(text: str) -> str:
    return text if len(text) <= MAX_DETAIL_CHARACTERS else text[: MAX_DETAIL_CHARACTERS - 1] + "…"
