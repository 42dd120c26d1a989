"""HTTP_CALL, AGENT_CALL and RUN."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from typing import Any

import pytest

from stigmer_api.values import from_struct
from stigmerd.engine.limits import Retries
from stigmerd.executions.records import Ended, TaskNoted
from tests.stigmerd.engine.bench import AT, Bench, Request, WebServer, as_json, workflow_of
from tests.support.tasks import set_task, task


def output(execution: Any) -> Any:
    return from_struct(execution.status.output)


async def test_json_of_any_shape_is_decoded_other_text_is_text(bench: Bench, web: WebServer) -> None:
    answers = {
        "/object": ("application/json", b'{"a": 1.0}', {"a": 1}),
        "/list": ("application/json; charset=utf-8", b"[1, 2.5]", [1, 2.5]),
        "/number": ("application/problem+json", b"7", 7),
        "/text": ("text/plain; charset=latin-1", "ä".encode("latin-1"), "ä"),
        "/none": ("application/json", b"", None),
    }
    for path, (media, content, expected) in answers.items():
        web.answers[path] = lambda request, times, media=media, content=content: (200, media, content)
        ended = await bench.run(web.call("get", path), set_task("s", v="${ .get }"))
        assert output(ended) == {"v": expected}, path


async def test_what_is_sent(bench: Bench, web: WebServer) -> None:
    headers = {"X-A": "b", "Accept": "text/plain"}
    await bench.run(web.call("post", "/p?q=1", "POST", headers=headers, body={"n": {"m": [1]}}))
    await bench.run(
        web.call(
            "form",
            "/f",
            "PUT",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body={"a": "b c", "n": 1},
        )
    )
    post, form = web.requests
    assert (post.method, post.path, json.loads(post.body)) == ("POST", "/p?q=1", {"n": {"m": [1]}})
    assert post.headers["x-a"] == "b"
    assert post.headers["accept"] == "text/plain"
    assert post.headers["content-type"] == "application/json"
    assert form.body == "a=b+c&n=1"


async def test_a_cookie_is_sent_by_no_later_call_unless_it_asks_for_it(bench: Bench, web: WebServer) -> None:
    web.headers["Set-Cookie"] = "session=one; Path=/"
    for _ in range(2):
        await bench.run(web.call("get", "/x"), web.call("again", "/x"))
    await bench.run(web.call("get", "/x", headers={"Cookie": "mine=1"}))
    cookies = [request.headers.get("cookie") for request in web.requests]
    assert cookies == [None, None, None, None, "mine=1"]


async def test_a_server_at_fault_is_asked_again(bench: Bench, web: WebServer) -> None:
    web.answers["/x"] = lambda request, times: as_json({"ok": True}, 200 if times == 3 else 503)(
        request, times
    )
    ended = await bench.run(web.call("get", "/x"))
    assert output(ended) == {"ok": True}
    assert web.times["/x"] == 3
    assert from_struct(ended.status.tasks[0].metadata)["attempt"] == 3


async def test_it_gives_up_after_five_attempts(bench: Bench, web: WebServer) -> None:
    web.answers["/x"] = as_json({"why": "broken"}, 500)
    ended = await bench.run(web.call("get", "/x"))
    assert web.times["/x"] == 5
    assert "HTTP 500" in ended.status.error
    assert "in 5 attempts" in ended.status.error
    assert "broken" in ended.status.error


async def test_each_pause_between_attempts_is_twice_as_long(bench: Bench, web: WebServer) -> None:
    web.answers["/x"] = as_json("no", 500)
    began = time.monotonic()
    ended = await bench.run(web.call("get", "/x"))
    took = time.monotonic() - began
    records = bench.executions.records(ended.metadata.id)
    noted = [each.metadata for each in records if isinstance(each, TaskNoted)]
    pauses = [each["retry_in"] for each in noted if "retry_in" in each]
    assert pauses == [0.01, 0.02, 0.04, 0.08]
    assert took >= sum(pauses)
    assert [Retries().pause(attempt) for attempt in (1, 6, 7, 100)] == [1, 32, 60, 60]


@pytest.mark.parametrize(("status", "text"), [(404, "HTTP 404 from GET"), (302, "it moved to")])
async def test_our_own_fault_fails_at_once(bench: Bench, web: WebServer, status: int, text: str) -> None:
    web.answers["/x"] = as_json("no", status)
    ended = await bench.run(web.call("get", "/x"))
    assert web.times["/x"] == 1
    assert text in ended.status.error


async def test_a_long_page_is_told_by_its_title(bench: Bench, web: WebServer) -> None:
    style = f"<style>{'p { color: red } ' * 50}</style>"
    page = f"<!doctype html><html><head>{style}<title>No such price</title></head><body><p>Ask again.</p>"
    web.answers["/x"] = lambda request, times: (404, "text/html", page.encode())
    ended = await bench.run(web.call("get", "/x"))
    assert ended.status.error.endswith("/x: No such price: Ask again. [E0703]")


async def test_nobody_there(bench: Bench) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        config = {"method": "GET", "endpoint": {"uri": f"http://127.0.0.1:{port}/"}, "timeout_seconds": 5}
        ended = await bench.run(task("get", "HTTP_CALL", config))
    assert f"no answer to GET http://127.0.0.1:{port}/ in 5 attempts" in ended.status.error


@pytest.mark.parametrize("uri", ["no-scheme", "ftp://x/", "http://[::bad/", "http://host:port/"])
async def test_an_address_that_is_none(bench: Bench, uri: str) -> None:
    config = {"method": "GET", "endpoint": {"uri": uri}, "timeout_seconds": 5}
    ended = await bench.run(task("get", "HTTP_CALL", config))
    assert "the request cannot be sent" in ended.status.error


async def test_a_slow_server_is_given_up(bench: Bench, web: WebServer) -> None:
    web.holds.add("/x")
    ended = await bench.run(web.call("get", "/x", timeout_seconds=0.05))
    assert from_struct(ended.status.tasks[0].metadata)["attempt"] == 5
    assert "nothing within 0.05 s" in ended.status.error


async def test_a_large_or_deep_answer_fails_the_task_only(bench: Bench, web: WebServer) -> None:
    web.answers["/large"] = lambda request, times: (200, "text/plain", b"x" * (5 << 20))
    web.answers["/deep"] = lambda request, times: (200, "application/json", b"[" * 50_000 + b"]" * 50_000)
    assert "too large" in (await bench.run(web.call("get", "/large"))).status.error
    ended = await bench.run(web.call("get", "/deep"))
    assert (
        ended.status.error == "task get failed: the answer is nested too deep: more than 200 levels [E0702]"
    )


def nested(levels: int) -> str:
    return '{"a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize("levels", [201, 900, 950, 980, 50_000])
async def test_what_is_nested_too_deep_fails_its_task(bench: Bench, web: WebServer, levels: int) -> None:
    deep = nested(levels)
    web.answers["/deep"] = lambda request, times: (200, "application/json", deep.encode())
    bench.agents.replies = {"x": deep}
    for asking, error in {
        web.call("get", "/deep")[
            "name"
        ]: "task get failed: the .* is nested too deep: more than 200 levels \\[E0702\\]",
        "ask": "task ask failed: the .* is nested too deep: more than 200 levels \\[E0702\\]",
    }.items():
        tasks = {
            "get": web.call("get", "/deep"),
            "ask": task("ask", "AGENT_CALL", {"agent": "rev", "message": "x"}),
        }
        assert re.fullmatch(error, (await bench.run(tasks[asking])).status.error)
    ended = await bench.run(set_task("a", x="${ $input }"), message=deep)
    assert "the workflow cannot be run: its message is JSON with more than 200 levels" in ended.status.error


async def test_what_is_nested_deep_enough_goes_through_everything(bench: Bench, web: WebServer) -> None:
    web.answers["/deep"] = lambda request, times: (200, "application/json", nested(198).encode())
    jq = set_task("a", x="${ [.get] | map(.) }", text="${ .get | tojson }")
    post = web.call("post", "/p", "POST", body={"all": "${ .get }"})
    ended = await bench.run(web.call("get", "/deep"), jq, post, message=nested(200))
    assert ended.status.phase == 3, ended.status.error
    assert json.loads(web.requests[1].body)["all"] == json.loads(nested(198))


async def test_what_grows_too_deep_fails_its_task(bench: Bench) -> None:
    grow = [set_task(f"t{n}", x={"a": "${ .x }"}) for n in range(205)]
    ended = await bench.run(set_task("x", x=1), *grow)
    assert "the output is nested too deep" in ended.status.error
    grow = [
        task(f"t{n}", "SET", {"variables": {"x": n}}, export=f"${{ [$context.t{n - 1}] }}")
        for n in range(1, 205)
    ]
    ended = await bench.run(*grow)
    assert "what it exports is nested too deep" in ended.status.error


async def test_an_agents_reply_is_the_result(bench: Bench) -> None:
    bench.agents.replies = {"plain": "fine", "json": '```json\n{"score": 7, "execution_id": 1}\n```'}
    for message, expected in {"plain": {"text": "fine", "response": "fine"}, "json": {"score": 7}}.items():
        ended = await bench.run(
            task(
                "ask",
                "AGENT_CALL",
                {
                    "agent": "rev",
                    "message": message,
                    "config": {"model": "m", "timeout": 60, "temperature": 0.5},
                },
            )
        )
        assert expected.items() <= output(ended).items()
        assert output(ended)["execution_id"] == bench.agents.started[-1]
        assert from_struct(ended.status.tasks[0].metadata)["execution_id"] == bench.agents.started[-1]
    assert bench.messages[0]["slug"] == "rev"
    given = bench.messages[0]
    assert (given["model"], given["timeout_seconds"], given["temperature"], given["scope"]) == (
        "m",
        60,
        0.5,
        "",
    )


@pytest.mark.parametrize(
    ("scope", "meant"), [(1, "platform"), ("platform", "platform"), (2, "organization"), (None, "")]
)
async def test_the_scope_of_an_agent(bench: Bench, scope: Any, meant: str) -> None:
    bench.agents.replies = {"x": "fine"}
    await bench.run(task("ask", "AGENT_CALL", {"agent": "rev", "message": "x", "scope": scope}))
    assert bench.messages[0]["scope"] == meant


async def test_a_scope_that_is_none(bench: Bench) -> None:
    ended = await bench.run(task("ask", "AGENT_CALL", {"agent": "rev", "message": "x", "scope": "galaxy"}))
    assert "task ask: scope is platform or organization, not 'galaxy'" in ended.status.error


async def test_an_agents_failure_is_the_tasks(bench: Bench) -> None:
    bench.agents.replies = {
        "x": Ended(phase="FAILED", output=None, error="no model", at=AT),
        "y": ValueError("bug"),
    }
    ended = await bench.run(task("ask", "AGENT_CALL", {"agent": "rev", "message": "x"}))
    assert "agent rev failed" in ended.status.error
    assert "no model" in ended.status.error
    logging_off = await bench.run(task("ask", "AGENT_CALL", {"agent": "rev", "message": "y"}))
    assert "internal error: ValueError: bug" in logging_off.status.error


async def test_an_agent_that_takes_too_long_is_stopped(bench: Bench) -> None:
    config = {"agent": "rev", "message": "never", "config": {"timeout": 0.05}}
    ended = await bench.run(task("ask", "AGENT_CALL", config))
    assert f"agent rev took longer than the 0.05 s of its config.timeout ({bench.agents.started[0]})" in (
        ended.status.error
    )
    child = bench.executions.get(bench.agents.started[0])
    assert (child.status.phase, child.status.error) == (5, "it took longer than the workflow allows")
    assert bench.agents.stopped == bench.agents.started


async def test_a_child_workflow_gives_its_output(bench: Bench) -> None:
    bench.by_slug["child"] = workflow_of(set_task("c", v="${ $input.n + 1 }"))
    ended = await bench.run(task("run", "RUN", {"workflow": "child", "input": {"n": "${ 1 + 1 }"}}))
    assert output(ended) == {"v": 3}
    bench.by_slug["bad"] = workflow_of(task("r", "RAISE", {"error": "Oh", "message": "no"}))
    ended = await bench.run(task("run", "RUN", {"workflow": "bad"}))
    assert "workflow bad failed" in ended.status.error
    assert "Oh: no" in ended.status.error


async def test_a_workflow_that_runs_itself_is_stopped(bench: Bench) -> None:
    bench.by_slug["self"] = workflow_of(task("run", "RUN", {"workflow": "self"}))
    ended = await bench.run(task("run", "RUN", {"workflow": "self"}))
    assert "more than 16 deep" in ended.status.error
    assert len(bench.launched) == 16


class Secrets:
    KEY = "s3cr3t-value-1"

    @staticmethod
    def echo(request: Request, times: int) -> tuple[int, str, bytes]:
        return (
            200,
            "application/json",
            json.dumps([dict(request.headers), request.path, request.body]).encode(),
        )


async def test_secrets_are_sent_and_nowhere_kept(bench: Bench, web: WebServer) -> None:
    web.answers["/echo"] = web.answers[f"/{Secrets.KEY}"] = Secrets.echo
    execution_id = bench.start(
        set_task(
            "s",
            token="${.secrets.KEY}",
            basic='${ "user:\\(.secrets.KEY)" | @base64 }',
            yes='${ .secrets.KEY == "x" }',
        ),
        web.call(
            "a",
            "/echo",
            "POST",
            headers={
                "Authorization": "Bearer ${.secrets.KEY}",
                "X-Basic": "Basic ${ .basic }",
                "X-Up": "${ .token | ascii_upcase }",
            },
            body={
                "k": "${ $data.token }",
                "n": [{"m": '${ .secrets["KEY"] + "!" }'}],
                "e": "${ $env.KEY.value }",
            },
        ),
        web.call("b", "/${.env_vars.KEY}"),
        set_task("t", all="${ [.a, .b] | tojson }"),
        secrets={"KEY": Secrets.KEY},
    )
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3, ended.status.error
    sent = web.requests[0]
    assert sent.headers["authorization"] == f"Bearer {Secrets.KEY}"
    assert sent.headers["x-basic"] == "Basic dXNlcjpzM2NyM3QtdmFsdWUtMQ=="
    assert sent.headers["x-up"] == Secrets.KEY.upper()
    assert json.loads(sent.body) == {"k": Secrets.KEY, "n": [{"m": Secrets.KEY + "!"}], "e": Secrets.KEY}
    assert web.requests[1].path == f"/{Secrets.KEY}"
    said = bench.said(execution_id) + str(ended)
    for form in (Secrets.KEY, Secrets.KEY.upper(), "dXNlcjpzM2NyM3QtdmFsdWUtMQ", "<secret:"):
        assert form not in said
    assert "Bearer ${.secrets.KEY}" in said


async def test_a_text_from_outside_cannot_ask_for_a_secret(bench: Bench, web: WebServer) -> None:
    web.answers["/bait"] = as_json({"x": "${.secrets.KEY}", "y": "<secret:0:0>", "z": "***"})
    await bench.run(
        web.call("bait", "/bait"),
        web.call("next", "/next", "POST", body={"all": "${ .bait }"}),
        secrets={"KEY": Secrets.KEY},
    )
    assert json.loads(web.requests[1].body)["all"] == {
        "x": "${.secrets.KEY}",
        "y": "<secret:0:0>",
        "z": "***",
    }


async def test_an_error_does_not_tell_a_secret(bench: Bench, web: WebServer) -> None:
    web.answers["/x?k=" + Secrets.KEY] = lambda request, times: (403, "text/plain", request.path.encode())
    execution_id = bench.start(web.call("a", "/x?k=${.secrets.KEY}"), secrets={"KEY": Secrets.KEY})
    ended = await bench.ended(execution_id)
    assert "HTTP 403" in ended.status.error
    assert Secrets.KEY not in bench.said(execution_id) + str(ended)
    execution_id = bench.start(set_task("a", x="${ .secrets.KEY | error }"), secrets={"KEY": Secrets.KEY})
    assert "expression failed" in (await bench.ended(execution_id)).status.error
    assert Secrets.KEY not in bench.said(execution_id)


async def test_a_missing_secret_fails_fast(bench: Bench, web: WebServer) -> None:
    ended = await bench.run(web.call("a", "/${.secrets.NOPE}"))
    assert "no variable NOPE" in ended.status.error
    assert not web.requests
    ended = await bench.run(set_task("a", v='${ .secrets.NOPE // "none" }'))
    assert output(ended) == {"v": "none"}
    own = set_task("a", v="${ $data.secrets.x }", w="${ .user.secrets.y }", u="${ [.user] | .[0].secrets.z }")
    ended = await bench.run(set_task("user", secrets="${ {x: 1} }"), own)
    assert output(ended) == {"v": 1, "w": None, "u": None}


async def test_an_agents_secrets_are_secrets_of_its_execution(bench: Bench) -> None:
    bench.agents.replies = {f"use {Secrets.KEY}": "done"}
    config = {
        "agent": "rev",
        "message": "use ${.secrets.KEY}",
        "env": {"TOKEN": "t ${.secrets.KEY}", "P": "plain"},
    }
    execution_id = bench.start(task("ask", "AGENT_CALL", config), secrets={"KEY": Secrets.KEY})
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3, ended.status.error
    given = bench.messages[0]
    assert given["env"] == {"KEY": Secrets.KEY, "TOKEN": f"t {Secrets.KEY}", "P": "plain"}
    assert given["secret_env"] == {"KEY", "TOKEN"}
    assert Secrets.KEY not in bench.said(execution_id)


async def test_a_secret_is_no_input_of_a_child_workflow(bench: Bench) -> None:
    bench.by_slug["child"] = workflow_of(set_task("c"))
    run = task("run", "RUN", {"workflow": "child", "input": {"k": "${.secrets.KEY}"}})
    ended = await bench.run(run, secrets={"KEY": Secrets.KEY})
    assert "by an environment" in ended.status.error
    await asyncio.sleep(0)


async def test_agents_are_warmed_when_one_is_going_to_be_asked(bench: Bench) -> None:
    await bench.run(set_task("a"))
    assert not bench.agents.warmed
    ask = task("ask", "AGENT_CALL", {"agent": "rev", "message": "hi"})
    raised = task("raise", "RAISE", {"error": "enough"})  # so that it comes to no agent
    await bench.run(raised, task("loop", "FOR", {"each": "n", "in": "2", "do": [ask]}))
    assert bench.agents.warmed
