"""One HTTP exchange, from its request until its answer is read, broken off, or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from stigmerd.exchanges.excerpt import MOST_BYTES, Excerpts
from stigmerd.exchanges.timing import Timing
from stigmerd.store.json import Json

if TYPE_CHECKING:
    import httpx2

Tell = Callable[[dict[str, Json]], None]  # an `HttpExchange` of the wire, as JSON

MOST_COMPRESSED: Final = 4 * MOST_BYTES  # of such a body: it is decoded at its end


class HttpRecord:
    """Takes down one exchange, and tells it once when it is over."""

    def __init__(self, excerpts: Excerpts, place: dict[str, Json], tell: Tell) -> None:
        """`place`: the fields that say whose exchange it is."""
        self.timing = Timing()
        self._excerpts = excerpts
        self._told = dict(place)
        self._tell: Tell | None = tell
        self._head: tuple[int, Sequence[tuple[str, str]]] | None = None
        self._body: list[bytes] = []
        self._kept = self._size = 0
        self._decode: Callable[[bytes], bytes] | None = None

    def sent(self, request: httpx2.Request) -> None:
        """It is about to be; what was never sent is not told."""
        self._told |= {
            "method": request.method,
            "url": self._excerpts.url(str(request.url)),
            "request_headers": self._excerpts.headers(request.headers.multi_items()),
        }
        if body := request.content:
            self._told["request_body"] = self._excerpts.of_bytes(body, len(body))

    def answered(self, response: httpx2.Response, *, raw: bool) -> None:
        """`raw`: its body comes as it was sent, maybe compressed."""
        self._head = response.status_code, list(response.headers.multi_items())
        if raw and (encoding := response.headers.get("content-encoding", "")):
            self._decode = lambda data: _decoded(data, encoding)

    def received(self, piece: bytes) -> None:
        """A piece of the body."""
        self._size += len(piece)
        if self._kept < (MOST_COMPRESSED if self._decode else MOST_BYTES):
            self._body.append(piece)
            self._kept += len(piece)

    def over(self, trouble: BaseException | None = None) -> None:
        """Once; what comes after is ignored."""
        tell, self._tell = self._tell, None
        if tell is None or "method" not in self._told:
            return
        told = self._told
        if self._head is not None:
            told["status"], headers = self._head
            told["response_headers"] = self._excerpts.headers(headers)
        if self._size:
            told["response_body"] = self._excerpts.of_bytes(*self._text())
        if trouble is not None and not isinstance(trouble, GeneratorExit):
            told["error"] = self._excerpts.text(_why(trouble))
        told["phases"] = self.timing.phases()
        tell(told)

    def _text(self) -> tuple[bytes, int]:
        data, whole = b"".join(self._body), self._kept == self._size
        if self._decode is None:
            return data, self._size
        data = self._decode(data)
        return data, len(data) if whole else max(len(data), self._size)


def _why(trouble: BaseException) -> str:
    if isinstance(trouble, asyncio.CancelledError):
        return "broken off"
    return str(trouble) or type(trouble).__name__


def _decoded(data: bytes, encoding: str) -> bytes:
    """Of an unknown encoding, or broken: as if it were no text."""
    import httpx2

    try:
        return httpx2.Response(200, headers={"content-encoding": encoding}, content=data).content
    except (httpx2.HTTPError, ValueError):
        return b"\0"


def record_client(client: Any, begin: Callable[[], HttpRecord | None]) -> None:
    """From now on each request of an `AsyncClient` is taken down; `begin` makes its record, or none.

    The client is one of `httpx2`, or of `httpx`, which some libraries of providers still want.
    """
    send = client.send

    async def recorded(request: httpx2.Request, **options: Any) -> httpx2.Response:
        record = begin()
        if record is None:
            unrecorded: httpx2.Response = await send(request, **options)
            return unrecorded
        record.sent(request)
        request.extensions = {**request.extensions, "trace": record.timing.trace}
        try:
            response: httpx2.Response = await send(request, **{**options, "stream": True})
        except BaseException as error:
            record.over(error)
            raise
        record.answered(response, raw=True)
        response.stream = _tap(type(response).__module__.partition(".")[0])(response.stream, record)
        if not options.get("stream"):
            await response.aread()
        return response

    client.send = recorded


@cache
def _tap(library: str) -> Any:
    """A class whose base is imported late."""
    base: Any = import_module(library).AsyncByteStream

    class Tapped(base):  # type: ignore[misc]
        """Passes on what comes, and takes it down."""

        def __init__(self, stream: Any, record: HttpRecord) -> None:
            self._stream = stream
            self._record = record

        async def __aiter__(self) -> Any:
            try:
                async for piece in self._stream:
                    self._record.received(piece)
                    yield piece
            except BaseException as error:
                self._record.over(error)
                raise
            self._record.over()

        async def aclose(self) -> None:
            await self._stream.aclose()
            self._record.over()

    return Tapped
