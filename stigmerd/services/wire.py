"""Messages off the wire and onto it: whole, decoded, in time, and within the memory there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from stigmer_api.representable import DEEPEST, parse, unrepresentable
from stigmer_api.validation import violations
from stigmerd.process.offload import aside
from stigmerd.resources.rpc_error import RpcError, exhausted, invalid
from stigmerd.services.limits import MAX_MESSAGE_BYTES, SMALL_BYTES
from stigmerd.services.memory_budget import BudgetExhausted, MemoryBudget, Reservation

Context = grpc.aio.ServicerContext[Any, Any]

# What protobuf says, and what that means.
REASONS = {
    "UTF-8": "it contains text that is not UTF-8",
    "MaxDepth": f"it is nested deeper than {DEEPEST} levels",
    "corrupt": "it is incomplete or garbled",
}


class LateError(RpcError):
    """A message did not come, or was not taken, in time."""

    def __init__(self, text: str) -> None:
        super().__init__(grpc.StatusCode.DEADLINE_EXCEEDED, f"{text}; try again", code="E0504")


class Vanished(Exception):  # noqa: N818 - nobody's error
    """Who called has gone: there is nobody to tell anything."""


class Wire:
    """One call's two directions."""

    def __init__(self, context: Context, budget: MemoryBudget) -> None:
        self._context = context
        self._budget = budget

    @asynccontextmanager
    async def request(self, kind: type[Message], most: int) -> AsyncIterator[Any]:
        """The one message of a call, valid; its memory stays reserved as long as it is worked on."""
        async with self._next(kind, most, self._budget.seconds) as message:
            if message is None:
                raise invalid(f"the call has no message; a {kind.DESCRIPTOR.full_name} is needed")
            yield message

    async def requests(self, kind: type[Message], idle_seconds: float) -> AsyncIterator[Any]:
        """The small messages of a call with many; it ends when none comes for a while."""
        while True:
            try:
                async with self._next(kind, SMALL_BYTES, idle_seconds) as message:
                    pass
            except LateError:
                return
            if message is None:
                return
            yield message

    async def send(self, data: bytes) -> None:
        if len(data) <= SMALL_BYTES:
            await self._write(data)
            return
        if len(data) > MAX_MESSAGE_BYTES:
            raise exhausted(
                f"the answer has {len(data):,} bytes; a message may have {MAX_MESSAGE_BYTES:,}: ask for less"
            )
        with (await self._reserved(self._budget.reserve_loaded(len(data)))).kept():
            try:
                async with asyncio.timeout(self._budget.seconds):
                    await self._write(data)
            except TimeoutError:
                raise LateError(f"the answer was not taken within {self._budget.seconds:g} s") from None

    @asynccontextmanager
    async def _next(self, kind: type[Message], most: int, seconds: float) -> AsyncIterator[Any]:
        # How long a message is shows only when it is there: until then it may be as long as any.
        with (await self._reserved(self._budget.reserve(MAX_MESSAGE_BYTES))).kept() as reservation:
            try:
                async with asyncio.timeout(seconds):
                    data = await self._read()
            except TimeoutError:
                raise LateError(f"no complete message arrived within {seconds:g} s") from None
            if data is None:
                yield None
                return
            reservation.shrink(len(data))
            if len(data) > most:
                raise invalid(f"the message has {len(data):,} bytes; {most:,} are enough here")
            yield await aside(len(data), decoded, data, kind)

    async def _reserved(self, entered: Coroutine[Any, Any, Reservation]) -> Reservation:
        try:
            async with asyncio.timeout(self._budget.seconds):
                return await entered
        except (TimeoutError, BudgetExhausted):
            raise exhausted("too many big messages at once; try again in a moment") from None

    async def _read(self) -> bytes | None:
        try:
            data = await self._context.read()
        except grpc.aio.InternalError as error:
            raise Vanished from error
        return data if isinstance(data, bytes) else None

    async def _write(self, data: bytes) -> None:
        try:
            await self._context.write(data)
        except grpc.aio.InternalError as error:
            raise Vanished from error


def encoded(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()


def decoded(data: bytes, kind: type[Message]) -> Message:
    """Refuses what is no such message, breaks a rule of it, or holds what cannot be kept."""
    name = kind.DESCRIPTOR.full_name
    try:
        message = parse(kind, data)
    except DecodeError as error:
        reason = next((words for mark, words in REASONS.items() if mark in str(error)), str(error))
        raise invalid(f"the message is not a valid {name}: {reason}") from error
    found = [*violations(message), *unrepresentable(message, data)]
    if found:
        raise invalid("validation error: " + "; ".join(map(str, found)))
    return message
