"""HTTP_CALL: one request, tried again while the server or the network is at fault."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from stigmerd.engine.interfaces import Call, CallContext, CallTools
from stigmerd.executions.waiting import waiting
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.long_json import dumps, loads
from stigmerd.process.offload import aside, size_of
from stigmerd.store.json import Json
from stigmerd.workflow.failure import TaskFailed, failed, nested_too_deep

if TYPE_CHECKING:
    import httpx2

BODY_BYTES: Final = 4 << 20
SHOWN_BYTES: Final = 300
MOST_CONNECTIONS: Final = 200
# What decides how a server elsewhere is reached.
ROUTES: Final = tuple(
    form(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
    for form in (str.upper, str.lower)
)
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
FORM: Final = "application/x-www-form-urlencoded"

Stamp = tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    content_type: str
    location: str
    body: bytes


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
                answer = await self._request(arguments, context)
            except Unreachable as error:
                trouble = context.tokens.mask(str(error))
                problem = failed("http", f"no answer to {shown}", trouble, status=503)
            else:
                context.reporter.noted(key, status=answer.status)
                if answer.status < 300:
                    return await aside(len(answer.body), _content, answer)
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

    async def _request(self, arguments: Mapping[str, Json], context: CallContext) -> Answer:
        seconds = float(arguments["timeout_seconds"])
        revealed = context.tokens.reveal(arguments)
        here = _on_this_machine(revealed["uri"])
        kind = (here, _certificates())
        client = self._clients.get(kind) or await self._make_client(kind)
        try:
            async with asyncio.timeout(seconds), _stream(client, revealed) as response:
                body = await _read(response)
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


@asynccontextmanager
async def _stream(
    client: httpx2.AsyncClient, arguments: Mapping[str, Json]
) -> AsyncIterator[httpx2.Response]:
    import httpx2

    headers, content = await aside(size_of(arguments["body"]), _body, arguments)
    method, uri = arguments["method"], arguments["uri"]
    try:
        async with client.stream(method, uri, headers=headers, content=content) as response:
            yield response
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, UnicodeError) as error:
        raise failed("configuration", "the request cannot be sent", str(error), status=400) from None
    except httpx2.HTTPError as error:
        raise Unreachable(str(error) or type(error).__name__) from None


async def _read(response: httpx2.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > BODY_BYTES:
            raise failed(
                "size",
                "the answer is too large",
                f"more than {BODY_BYTES >> 20} MiB",
                status=413,
            )
        pieces.append(piece)
    return b"".join(pieces)


def _body(arguments: Mapping[str, Json]) -> tuple[dict[str, str], bytes | None]:
    headers = {
        "user-agent": "stigmer",
        **{name.lower(): str(each) for name, each in arguments["headers"].items()},
    }
    body = arguments["body"]
    if body is None or (body == {} and arguments["method"] in ("GET", "DELETE")):
        return headers, None
    if headers.get("content-type", "").startswith(FORM) and isinstance(body, Mapping):
        return headers, urlencode({name: _form_value(each) for name, each in body.items()}).encode()
    headers.setdefault("content-type", "application/json")
    return headers, dumps(body).encode()


def _form_value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _content(answer: Answer) -> Json:
    """JSON of any shape where the server says so; text otherwise; None for nothing."""
    if not answer.body:
        return None
    media = answer.content_type.split(";")[0].strip().lower()
    if media == "application/json" or media.endswith("+json"):
        try:
            return loads(answer.body)
        except RecursionError:
            raise nested_too_deep("the answer") from None
        except ValueError as error:
            raise failed(
                "http", "the answer is not JSON although it says so", str(error), status=502
            ) from None
    return _text(answer)


def _text(answer: Answer) -> str:
    charset = "utf-8"
    for parameter in answer.content_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset":
            charset = value.strip('"')
    try:
        return answer.body.decode(charset, "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")


def _problem_of(answer: Answer, shown: str, tokens: SecretTokens) -> TaskFailed:
    if answer.status < 400:
        return failed(
            "http", f"HTTP {answer.status} from {shown}", f"it moved to {answer.location}", answer.status
        )
    start = str(tokens.mask(_text(answer)))[:SHOWN_BYTES].strip()  # half a secret cannot be masked
    return failed("http", f"HTTP {answer.status} from {shown}", start, answer.status)


def _no_answer_after(problem: TaskFailed, attempts: int) -> TaskFailed:
    last = problem.problem
    return failed(last.type, f"{last.title} in {attempts} attempts", last.detail, last.status)
