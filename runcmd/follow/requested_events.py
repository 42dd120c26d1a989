"""What a backend recorded of requests, as events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runcmd.exchanges import (
    Detail,
    Excerpt,
    HttpExchanged,
    HttpHeader,
    HttpPhases,
    ModelAsked,
    OfferedTool,
    Requested,
    SentMessage,
)
from runcmd.told import NotesDropped

if TYPE_CHECKING:
    from stigmer_api import devloop_pb2 as wire


def requests_of(notes: Iterable[wire.Note], detail: Detail) -> list[tuple[str, Requested | NotesDropped]]:
    """Each with the time when it was told."""
    return [(note.at, event) for note in notes if (event := _requested(note, detail)) is not None]


def _requested(note: wire.Note, detail: Detail) -> Requested | NotesDropped | None:
    match note.WhichOneof("about"):
        case "asked":
            return _asked(note.asked)
        case "http":
            return _exchanged(note.http, detail)
        case "gone":
            return NotesDropped(count=note.gone.notes, bytes=note.gone.bytes)
        case _:
            return None


def _asked(asked: wire.ModelRequest) -> ModelAsked:
    return ModelAsked(
        index=asked.message,
        call=asked.call,
        model=asked.model,
        address=asked.address,
        instructions=_excerpt(asked.instructions) if asked.HasField("instructions") else None,
        earlier=asked.earlier,
        messages=tuple(
            SentMessage(role=each.role, name=each.name, call=each.call, content=_excerpt(each.content))
            for each in asked.messages
        ),
        tools_offered=asked.tools_offered,
        tools=tuple(
            OfferedTool(name=each.name, description=each.description, schema=_excerpt(each.schema))
            for each in asked.tools
        ),
        settings=asked.settings,
    )


def _exchanged(http: wire.HttpExchange, detail: Detail) -> HttpExchanged:
    bodies = detail >= Detail.BODIES
    return HttpExchanged(
        source=http.source,
        method=http.method,
        url=http.url,
        status=http.status,
        error=http.error,
        phases=_phases(http.phases),
        attempt=http.attempt,
        index=http.message,
        call=http.call,
        task=http.task,
        request_bytes=http.request_body.bytes,
        response_bytes=http.response_body.bytes,
        request_headers=_headers(http.request_headers) if bodies else (),
        request_body=_excerpt(http.request_body) if bodies and http.HasField("request_body") else None,
        response_headers=_headers(http.response_headers) if bodies else (),
        response_body=_excerpt(http.response_body) if bodies and http.HasField("response_body") else None,
    )


def _excerpt(excerpt: wire.Excerpt) -> Excerpt:
    return Excerpt(text=excerpt.text, bytes=excerpt.bytes, left_out=excerpt.left_out)


def _headers(headers: Iterable[wire.HttpHeader]) -> tuple[HttpHeader, ...]:
    return tuple(HttpHeader(name=each.name, value=each.value) for each in headers)


def _phases(phases: wire.HttpPhases) -> HttpPhases:
    return HttpPhases(
        dns=phases.dns if phases.HasField("dns") else None,
        connect=phases.connect if phases.HasField("connect") else None,
        tls=phases.tls if phases.HasField("tls") else None,
        first_byte=phases.first_byte if phases.HasField("first_byte") else None,
        total=phases.total,
    )
