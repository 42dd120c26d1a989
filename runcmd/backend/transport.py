"""How a call gets to a backend and comes back: patience, metadata, and errors of ours."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from runcmd.backend.address import Address
from runcmd.backend.extensions import service_of
from runcmd.backend.patience import IMPATIENT_SECONDS, PATIENT_SECONDS, Connect, Patience
from runcmd.backend.refusals import ConnectionLostError, UnavailableError, UnsupportedError, error_of
from runcmd.errors import BackendError
from stigmer_api.facts import ERROR_CODE, PARTIAL_METADATA

if TYPE_CHECKING:
    import grpc
    import grpc.aio
    from google.protobuf.message import Message

Reply = TypeVar("Reply", bound="Message")


class Attempts:
    """How often a call was made."""

    number = 0


class Transport:
    """One channel to a backend. Raises BackendError only."""

    def __init__(self, channel: grpc.aio.Channel, address: Address, reconnect: Connect | None) -> None:
        self._channel = channel
        self._address = address
        self._reconnect = reconnect
        self._answered = False
        self.lacks: set[str] = set()  # services of our extension that the server does not know
        self._metadata = [("authorization", f"Bearer {address.token}")] if address.token is not None else []

    async def stream(self, method: str, request: Message, reply: Any) -> AsyncGenerator[Any, None]:
        import grpc.aio

        stub = self._channel.unary_stream(
            method, request_serializer=_serialize, response_deserializer=reply.FromString
        )
        call = stub(request, metadata=[*self._metadata, PARTIAL_METADATA])
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise self._error(error, method) from error
        except asyncio.CancelledError:
            await _as_anyio_cancels()
            raise
        finally:
            call.cancel()

    async def call(
        self,
        method: str,
        request: Message,
        reply: type[Reply],
        seconds: float,
        more: Sequence[tuple[str, bytes]] = (),
        *,
        repeatable: bool = True,
        patient: bool = True,
        attempts: Attempts | None = None,
    ) -> Reply:
        """Tries again where nobody answered, unless a second call would be one too many."""
        known_to_live = self._address.ours or self._answered
        patience = Patience(self._reconnect, PATIENT_SECONDS if known_to_live else IMPATIENT_SECONDS)
        while True:
            if attempts is not None:
                attempts.number += 1
            try:
                return await self._attempt(method, request, reply, seconds, more)
            except ConnectionLostError as error:
                if not patient or not (repeatable or error.unsent):
                    raise
                await patience.wait(error)

    async def _attempt(
        self,
        method: str,
        request: Message,
        reply: type[Reply],
        seconds: float,
        more: Sequence[tuple[str, bytes]],
    ) -> Reply:
        import grpc.aio

        stub = self._channel.unary_unary(
            method, request_serializer=_serialize, response_deserializer=reply.FromString
        )
        try:
            result: Reply = await stub(request, timeout=seconds, metadata=[*self._metadata, *more])
        except grpc.aio.AioRpcError as error:
            raise self._error(error, method) from error
        except grpc.aio.UsageError as error:
            raise UnavailableError(
                f"the connection to {self._address.target} was closed", code="E0501"
            ) from error
        except asyncio.CancelledError:
            await _as_anyio_cancels()
            raise
        self._answered = True
        return result

    def _error(self, error: grpc.aio.AioRpcError, method: str) -> BackendError:
        sent = dict(error.trailing_metadata() or ()).get(ERROR_CODE, "")
        code = sent if isinstance(sent, str) and re.fullmatch(r"E\d{4}", sent) else ""
        known = error_of(error.code().name, error.details() or "", self._address, code, method)
        if isinstance(known, UnsupportedError) and (service := service_of(method)):
            self.lacks.add(service)
        return known


async def _as_anyio_cancels() -> None:
    """grpc swallows a cancel and raises one of its own making, which no cancel scope takes for its own."""
    await anyio.lowlevel.checkpoint_if_cancelled()


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
