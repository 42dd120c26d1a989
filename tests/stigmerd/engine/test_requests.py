"""The HTTP requests of workflow tasks: recorded with their answers and phases, without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stigmer_api.devloop_pb2 import HttpExchange
from stigmer_api.facts import PHASE_COMPLETED, PHASE_FAILED
from stigmerd.exchanges.excerpt import MOST_BYTES
from tests.stigmerd.engine.bench import Bench, WebServer, as_json
from tests.stigmerd.engine.tls import address, certificate, get
from tests.support.tasks import task

__all__ = ["address", "certificate"]
SECRET = "hunter2-correct-horse"


async def exchanges(bench: Bench, execution_id: str) -> list[HttpExchange]:
    """All of it, after its end."""
    await bench.ended(execution_id)
    found: list[HttpExchange] = []
    async for sight in bench.executions.subscriptions.watch_closely(execution_id, 0, 0):
        assert not any(note.HasField("http") for note in sight.notes)
        found += [note.http for note in sight.requests]
    return found


async def test_a_request_its_answer_and_its_phases(bench: Bench, web: WebServer) -> None:
    web.answers["/a"] = as_json({"city": "Bern"})
    web.headers["set-cookie"] = "session=abcdefgh"
    call = web.call(
        "ask", "/a", "POST", body={"q": "ä"}, headers={"X-Trace": "7", "Authorization": "Bearer abc"}
    )
    execution_id = bench.start(call)
    (found,) = await exchanges(bench, execution_id)
    assert (found.source, found.task, found.attempt) == ("http_call", "ask", 1)
    assert (found.method, found.url, found.status, found.error) == ("POST", web.url("/a"), 200, "")
    sent = {header.name: header.value for header in found.request_headers}
    assert (sent["x-trace"], sent["authorization"]) == ("7", "Bearer ***")
    assert json.loads(found.request_body.text) == {"q": "ä"}
    assert json.loads(found.response_body.text) == {"city": "Bern"}
    assert {header.name: header.value for header in found.response_headers}["set-cookie"] == "***"
    phases = found.phases
    assert phases.HasField("connect") and phases.HasField("first_byte") and not phases.HasField("tls")
    assert phases.total >= phases.connect + phases.first_byte > 0


async def test_a_secret_shows_nowhere(bench: Bench, web: WebServer) -> None:
    web.answers["/a?t=***"] = as_json({})
    web.answers[f"/a?t={SECRET}"] = as_json({"you said": SECRET})
    call = task(
        "ask",
        "HTTP_CALL",
        {
            "method": "POST",
            "endpoint": {"uri": web.url("/a?t=") + "${ .secrets.TOKEN }"},
            "headers": {"X-Mine": "${ .secrets.TOKEN }"},
            "body": {"half": "${ .secrets.TOKEN }"},
            "timeout_seconds": 5,
        },
    )
    execution_id = bench.start(call, secrets={"TOKEN": SECRET})
    (found,) = await exchanges(bench, execution_id)
    assert SECRET in web.requests[0].body  # it was sent
    assert SECRET not in str(found)
    assert json.loads(found.response_body.text) == {"you said": "***"}
    assert found.url == web.url("/a?t=***")


async def test_a_big_body_is_cut(bench: Bench, web: WebServer) -> None:
    web.answers["/big"] = as_json("x" * (1 << 20))
    (found,) = await exchanges(bench, bench.start(web.call("ask", "/big", "POST", body="y" * (1 << 20))))
    for body in (found.request_body, found.response_body):
        assert (body.bytes, body.left_out) == ((1 << 20) + 2, (1 << 20) + 2 - MOST_BYTES)
        assert len(body.text) == MOST_BYTES


async def test_each_attempt_is_one(bench: Bench, web: WebServer) -> None:
    web.answers["/flaky"] = lambda request, times: (503 if times == 1 else 200, "text/plain", b"now")
    found = await exchanges(bench, bench.start(web.call("ask", "/flaky")))
    assert [(each.attempt, each.status) for each in found] == [(1, 503), (2, 200)]
    assert found[0].phases.HasField("connect")
    assert not found[1].phases.HasField("connect")  # the connection was used again


async def test_a_refused_connection(bench: Bench, web: WebServer) -> None:
    call = task(
        "ask",
        "HTTP_CALL",
        {"method": "GET", "endpoint": {"uri": "http://127.0.0.1:9/"}, "timeout_seconds": 5},
    )
    execution_id = bench.start(call)
    found = await exchanges(bench, execution_id)
    assert [each.attempt for each in found] == list(range(1, len(found) + 1))
    assert {(each.status, each.url) for each in found} == {(0, "http://127.0.0.1:9/")}
    assert "connect" in found[0].error.lower()
    assert not found[0].phases.HasField("first_byte")
    assert (await bench.ended(execution_id)).status.phase == PHASE_FAILED


async def test_an_answer_that_does_not_come(bench: Bench, web: WebServer) -> None:
    web.holds.add("/slow")
    found = await exchanges(bench, bench.start(web.call("ask", "/slow", timeout_seconds=1)))
    assert (found[0].status, found[0].error) == (0, "nothing within 1 s")


async def test_a_name_is_looked_up_and_tls_is_a_phase(
    bench: Bench, address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    execution_id = bench.start(get(address))
    (found,) = await exchanges(bench, execution_id)
    assert (await bench.ended(execution_id)).status.phase == PHASE_COMPLETED
    assert found.phases.tls > 0
    assert not found.phases.HasField("dns") or found.phases.dns < found.phases.total
    (named, *_) = await exchanges(bench, bench.start(get(address.replace("127.0.0.1", "localhost"))))
    assert named.phases.dns > 0


async def test_a_certificate_that_is_not_trusted(bench: Bench, address: str) -> None:
    (found, *_) = await exchanges(bench, bench.start(get(address)))
    assert (found.status, found.response_body.bytes) == (0, 0)
    assert "certificate" in found.error.lower()
    assert found.phases.HasField("tls") and not found.phases.HasField("first_byte")
