"""Requests to models and servers, as lines."""

from __future__ import annotations

import io
from typing import Any

import pytest

from devloop.render.requests import RequestLines, size_of
from devloop.terminal.stream import Terminal
from runcmd.events import (
    Excerpt,
    HttpExchanged,
    HttpHeader,
    HttpPhases,
    ModelAsked,
    OfferedTool,
    Requested,
    SentMessage,
)


def excerpt(text: str, left_out: int = 0) -> Excerpt:
    return Excerpt(text=text, bytes=len(text) + left_out, left_out=left_out)


def message(role: str, text: str, name: str = "") -> SentMessage:
    return SentMessage(role=role, name=name, call="", content=excerpt(text))


def phases(**seconds: float) -> HttpPhases:
    none: dict[str, Any] = dict.fromkeys(("dns", "connect", "tls", "first_byte"))
    return HttpPhases(**{**none, "total": 1.5, **seconds})


def exchanged(**more: Any) -> HttpExchanged:
    usual: dict[str, Any] = {
        "source": "http_call",
        "method": "POST",
        "url": "https://api/x",
        "status": 200,
        "error": "",
        "phases": phases(),
        "attempt": 1,
        "index": 0,
        "task": "ask",
        "request_bytes": 12,
        "response_bytes": 4_200,
    }
    return HttpExchanged(**{**usual, **more})


def shown(event: Requested, *, whole: bool = False, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    out = Terminal(io.TextIOWrapper(raw, encoding=encoding))
    RequestLines(out, whole=whole).show(event)
    out.flush()
    return raw.getvalue().decode(encoding).splitlines()


def test_what_a_model_is_asked() -> None:
    event = ModelAsked(
        index=2,
        model="tiny",
        address="http://localhost:1/v1",
        instructions=excerpt("You can add.\nAnd no more."),
        earlier=2,
        messages=(message("tool_call", '{"a": 2}', "add"), message("tool_result", "5", "add")),
        tools_offered=1,
        tools=(OfferedTool(name="add", description="Adds.", schema=excerpt('{"type": "object"}')),),
        settings='{"temperature": 0}',
    )
    assert shown(event) == [
        "   → tiny at http://localhost:1/v1: 4 messages (2 new), 1 tool",
        '      Settings: {"temperature": 0}',
        "      Instructions: You can add.",
        "         And no more.",
        '      Tool add: Adds. {"type": "object"}',
        '      Tool call add: {"a": 2}',
        "      Tool result add: 5",
    ]


def test_an_exchange_with_its_phases() -> None:
    took = phases(dns=0.003, connect=0.012, tls=0.02, first_byte=1.1)
    assert shown(exchanged(phases=took)) == [
        "   ask: ← POST https://api/x: 200 in 1.5s (DNS 3ms, connect 12ms, TLS 20ms, first byte 1.1s),"
        " 12 bytes sent, 4.2 kB received"
    ]
    refused = exchanged(status=0, error="All connection attempts failed", attempt=2, response_bytes=0)
    assert shown(refused) == [
        "   ask: ← POST https://api/x: no answer (All connection attempts failed) in 1.5s,"
        " 12 bytes sent, 0 bytes received, attempt 2"
    ]


def test_headers_and_bodies() -> None:
    event = exchanged(
        request_headers=(HttpHeader(name="authorization", value="Bearer ***"),),
        request_body=excerpt('{"list": [' + "1, " * 40 + "2]}"),
        response_headers=(HttpHeader(name="x", value="a\x1b[2Jb"),),
        response_body=Excerpt(text="", bytes=2_048, left_out=2_048),
    )
    lines = shown(event)
    assert lines[1:4] == ["      → authorization: Bearer ***", "      → {", '           "list": [']
    assert lines[-2:] == ["      ← x: a\\x1b[2Jb", "      ← (2.0 kB that are no text)"]


@pytest.mark.parametrize("text", ["line\n" * 100, "x" * 5_000])
def test_a_long_text_is_shortened_unless_all_of_it_is_wanted(text: str) -> None:
    event = exchanged(response_body=excerpt(text, left_out=10_000))
    short, whole = shown(event), shown(event, whole=True)
    assert len("".join(short)) < 2_600
    assert short[-1].endswith(" kB more; executions show --requests has what is recorded")
    assert sum(line.count(text[0]) for line in whole) >= text.count(text[0])
    assert whole[-1] == "         … 10.0 kB more"


def test_a_terminal_without_signs() -> None:
    assert shown(exchanged(), encoding="ascii")[0].startswith("   ask: <- POST")
    cut = shown(exchanged(response_body=excerpt("x", 9)), encoding="ascii")
    assert cut[-1].startswith("         ... 9 bytes more")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 kB"), (2_500_000, "2.5 MB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size_of(count) == text
