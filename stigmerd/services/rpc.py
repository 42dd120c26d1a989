"""From a gRPC call to the method that answers it, and from a refusal to the status of the call."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from stigmer_api.validation import violations
from stigmerd.services.activity import Activity
from stigmerd.services.refusal import Refusal, invalid, unsupported
from stigmerd.store import StoreError

logger = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
Answer = Callable[[Any, Context], Awaitable[Message]]
Stream = Callable[[Any, Context], AsyncIterator[Message | bytes]]

# Too little room for a longer text: it travels in HTTP/2 headers, which clients limit to 8 KiB.
MAX_DETAIL_CHARACTERS = 3000


class Router(grpc.GenericRpcHandler):
    """Knows the method behind each path."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
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
        request = GetMessageClass(method.input_type)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(
                _stream(answer, self._activity), request.FromString, _serialised
            )
        return grpc.unary_unary_rpc_method_handler(
            _unary(answer, self._activity), request.FromString, _serialised
        )


def _serialised(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()


def _missing(method: MethodDescriptor) -> Answer:
    async def answer(request: Message, context: Context) -> Message:
        raise unsupported(f"{method.full_name} is not offered by this backend")

    return answer


def _unary(answer: Answer, activity: Activity) -> Answer:
    async def unary(request: Message, context: Context) -> Message:
        with activity:
            try:
                refuse_invalid(request)
                return await answer(request, context)
            except Exception as error:
                await _refuse(error, context)

    return unary


def _stream(answer: Stream, activity: Activity) -> Stream:
    async def stream(request: Message, context: Context) -> AsyncIterator[Message | bytes]:
        with activity:
            try:
                refuse_invalid(request)
                async for message in answer(request, context):
                    yield message
            except Exception as error:
                await _refuse(error, context)

    return stream


def refuse_invalid(request: Message) -> None:
    found = violations(request)
    if found:
        raise invalid("validation error: " + "; ".join(map(str, found)))


async def _refuse(error: Exception, context: Context) -> NoReturn:
    """The boundary: what a caller may know of an exception. A bug is logged whole."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, Refusal):
        await context.abort(error.code, _short(str(error)))
    if isinstance(error, StoreError):
        logger.error("the store failed: %s", error)
        await context.abort(grpc.StatusCode.UNAVAILABLE, f"the backend could not reach its store: {error}")
    reference = secrets.token_hex(4)
    logger.error("bug %s", reference, exc_info=error)
    await context.abort(
        grpc.StatusCode.INTERNAL,
        f"a bug in the backend ({type(error).__name__}, reference {reference}): its log has the details",
    )
    raise AssertionError("abort raises")


def _short(text: str) -> str:
    return text if len(text) <= MAX_DETAIL_CHARACTERS else text[: MAX_DETAIL_CHARACTERS - 1] + "…"
