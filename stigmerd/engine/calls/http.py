"""HTTP_CALL: one request, tried again while the server or the network is at fault."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from stigmer_api.bodies import in_short
from stigmer_api.devloop_pb2 import HttpExchange, Note
from stigmerd.engine.calls.http_bodies import Answer, body_of, content_of, text_of
from stigmerd.engine.calls.no_answer import no_answer
from stigmerd.engine.interfaces import Call, CallContext, CallTools
from stigmerd.exchanges.excerpt import Excerpts
from stigmerd.exchanges.http import HttpRecord
from stigmerd.executions.waiting import waiting
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.offload import aside, size_of
from stigmerd.store.json import Json
from stigmerd.workflow.failure import TaskFailed, failed

if TYPE_CHECKING:
    import httpx2

BODY_BYTES: Final = 4 << 20
SHOWN_BYTES: Final = 300
READ_BYTES: Final = 16 << 10  # of an answer that is an error, for its message
MOST_CONNECTIONS: Final = 200
# What decides how a server elsewhere is reached.
ROUTES: Final = tuple(
    form(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
    for form in (str.upper, str.lower)
)
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")

Stamp = tuple[tuple[str | int, ...], ...]


class Unreachable(Exception):  # noqa: N818
    """No answer: refused, broken off, too late."""


class HttpCalls(Call):
    """Shares two clients, made at the first call: httpx2 takes 60 ms to import.

    This machine is reached without a proxy, whatever the variables of the shell say that started the backend.
    When the certificates that it trusts are edited, another client takes over.
    """

    def __init__(self, tools: CallTools) -> None:
        self._retries = tools.retries
        self._clients: dict[tuple[bool, Stamp], httpx2.AsyncClient] = {}  # the first: is it for this machine

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        shown = f"{arguments['method']} {context.tokens.show(arguments['uri'])}"
        for attempt in range(1, self._retries.attempts + 1):
            context.reporter.noted(key, attempt=attempt)
            context.reporter.flush()
            trouble = ""
            try:
                answer = await self._request(arguments, context, key, attempt)
            except Unreachable as error:
                trouble = context.tokens.mask(str(error))
                problem = failed("http", f"no answer to {shown}", trouble, status=503)
            else:
                context.reporter.noted(key, status=answer.status)
                if answer.status < 300:
                    return await aside(len(answer.body), content_of, answer)
                trouble = f"HTTP {answer.status}"
                problem = _problem_of(answer, shown, context.tokens)
                if answer.status < 500:
                    raise problem
            if attempt < self._retries.attempts:
                pause = self._retries.pause(attempt)
                context.reporter.noted(key, retry_in=pause, last_error=trouble)
                why = f"{trouble} from {shown}"
                with waiting(context.notes, context.execution_id, key, "retry", why, seconds=pause):
                    await asyncio.sleep(pause)
        raise _no_answer_after(problem, self._retries.attempts)

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _request(
        self, arguments: Mapping[str, Json], context: CallContext, key: str, attempt: int
    ) -> Answer:
        seconds = float(arguments["timeout_seconds"])
        revealed = context.tokens.reveal(arguments)
        here = _on_this_machine(revealed["uri"])
        kind = (here, _certificates())
        client = self._clients.get(kind) or await self._make_client(kind)
        with _recorded(context, key, attempt) as record:
            try:
                async with asyncio.timeout(seconds), _stream(client, revealed, record) as response:
                    body = await _read(response, record)
                    return Answer(
                        status=response.status_code,
                        content_type=response.headers.get("content-type", ""),
                        location=response.headers.get("location", ""),
                        body=body,
                    )
            except TimeoutError:
                raise Unreachable(f"nothing within {seconds:g} s") from None

    async def _make_client(self, kind: tuple[bool, Stamp]) -> httpx2.AsyncClient:
        await asyncio.to_thread(importlib.import_module, "httpx2")  # the others go on meanwhile
        if kind not in self._clients:  # nobody was quicker
            self._clients[kind] = _client_here() if kind[0] else _client_elsewhere()
        return self._clients[kind]


def _certificates() -> Stamp:
    """The files that say whom to trust, as they are now."""
    found = []
    for name in CERTIFICATES:
        try:
            status = os.stat(os.environ.get(name) or "")  # noqa: PTH116 -- at each call
        except OSError:
            continue
        found.append((name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


def _client_here() -> httpx2.AsyncClient:
    import httpx2

    try:
        certificates = httpx2.create_ssl_context()
    except OSError:  # a variable names what is not there; most servers here are reached without
        certificates = httpx2.create_ssl_context(trust_env=False)
    return _client(trust_env=False, verify=certificates)


def _client_elsewhere() -> httpx2.AsyncClient:
    import httpx2

    try:
        return _client()
    except (ValueError, ImportError, OSError, httpx2.InvalidURL) as error:
        names = ", ".join(name for name in ROUTES if os.environ.get(name))
        raise failed(
            "configuration",
            "the variables for proxies or certificates cannot be used",
            f"{error} (the backend was started with {names}; correct that, then: stigmer server stop)",
            status=400,
        ) from None


def _client(**how: Any) -> httpx2.AsyncClient:
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx2

    limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=20)
    # Connections are shared by all executions, what a server gave one of them is not.
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.AsyncClient(timeout=None, limits=limits, follow_redirects=False, cookies=nothing, **how)


def _on_this_machine(uri: str) -> bool:
    try:
        host = urlsplit(uri).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _recorded(context: CallContext, key: str, attempt: int) -> Iterator[HttpRecord]:
    """Of one request, which is told when it is over."""

    def tell(told: dict[str, Json]) -> None:
        context.notes.tell(context.execution_id, Note(http=HttpExchange(**told)))

    place = {"source": "http_call", "task": key, "attempt": attempt}
    record = HttpRecord(Excerpts(context.tokens.maskers()), place, tell)
    try:
        yield record
    except BaseException as error:
        record.over(error)
        raise
    record.over()


@asynccontextmanager
async def _stream(
    client: httpx2.AsyncClient, arguments: Mapping[str, Json], record: HttpRecord
) -> AsyncIterator[httpx2.Response]:
    import httpx2

    headers, content = await aside(size_of(arguments["body"]), body_of, arguments)
    method, uri = arguments["method"], arguments["uri"]
    try:
        request = client.build_request(
            method, uri, headers=headers, content=content, extensions={"trace": record.timing.trace}
        )
        record.sent(request)
        response = await client.send(request, stream=True)
        try:
            record.answered(response, raw=False)
            yield response
        finally:
            await response.aclose()
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, UnicodeError) as error:
        raise failed("configuration", "the request cannot be sent", str(error), status=400) from None
    except httpx2.HTTPError as error:
        raise Unreachable(no_answer(error)) from None


async def _read(response: httpx2.Response, record: HttpRecord) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        record.received(piece)
        if size > BODY_BYTES:
            raise failed(
                "size",
                "the answer is too large",
                f"more than {BODY_BYTES >> 20} MiB",
                status=413,
            )
        pieces.append(piece)
    return b"".join(pieces)


def _problem_of(answer: Answer, shown: str, tokens: SecretTokens) -> TaskFailed:
    if answer.status < 400:
        return failed(
            "http", f"HTTP {answer.status} from {shown}", f"it moved to {answer.location}", answer.status
        )
    text = str(tokens.mask(text_of(answer))).strip()  # half a secret cannot be masked
    if len(text) > SHOWN_BYTES:  # its beginning alone says little: `<!DOCTYPE html><html lang=…`
        text = in_short(text[:READ_BYTES])[:SHOWN_BYTES]
    return failed("http", f"HTTP {answer.status} from {shown}", text, answer.status)


def _no_answer_after(problem: TaskFailed, attempts: int) -> TaskFailed:
    last = problem.problem
    return failed(last.type, f"{last.title} in {attempts} attempts", last.detail, last.status)
