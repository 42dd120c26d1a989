"""`-v`, `-vv`, `executions show --requests`: what models and servers are sent and answer, masked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect

from tests.stigmerd.agents.http_servers import Handler, chat, serving
from tests.support.command import Done
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Workflow, runtime

Agent("poet", "Write a poem.")
flow = Workflow("flow")
flow.http_post("ask", "URL/cities", {"word": runtime.secret("WORD"), "fill": "x" * 1_000_000},
               headers={"Authorization": "Bearer abc"})
flow.call_agent("write", "poet", f"say the word {runtime.secret('WORD')}")
"""
SEQUENCES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SECRET, KEY = "hunter2-correct-horse", "my-own-key-abcdefghijkl"


def reply(handler: Handler, body: dict[str, Any]) -> None:
    if "messages" in body:
        chat(handler, body)
    else:
        handler.send("application/json", json.dumps({"city": "Bern", "you said": body["word"]}))


@contextmanager
def project(world: World) -> Iterator[tuple[Path, str]]:
    """Its directory, and the server's address."""
    with serving(reply) as (url, _):
        world.extra |= {
            "STIGMER_LLM_BASE_URL": f"{url}/v1",
            "STIGMER_LLM_MODEL": "tiny",
            "STIGMER_LLM_API_KEY": KEY,
            "WORD": SECRET,
        }
        yield world.project(PROGRAM.replace("URL", url)), url


def run(world: World, directory: Path, *options: str) -> Done:
    """To a good end, without a secret anywhere."""
    done = world.run("run", "flow", "-e", "secret:WORD", *options, cwd=directory)
    assert done.code == 0, done.err
    hides_all(done)
    return done


def hides_all(done: Done) -> None:
    assert not [word for word in (SECRET, KEY) if word in done.out + done.err]


def of(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == name]


def events_of(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_v_shows_prompts_and_requests_with_their_phases(world: World) -> None:
    with project(world) as (directory, url):
        quiet = run(world, directory).out
        found = run(world, directory, "-v").out
        assert "POST" not in quiet and "Write a poem." not in quiet
        lines = [line.strip() for line in found.splitlines()]
        (asked,) = [line for line in lines if "tiny at" in line and "message" in line]
        assert asked == f"[write › poet]    → tiny at {url}/v1: 1 message"
        assert "[write › poet]       Instructions: Write a poem." in lines
        assert any(line.endswith("User: say the word ***") for line in lines)
        (ask,) = [line for line in lines if f"POST {url}/cities" in line]
        assert ask.startswith(f"ask: ← POST {url}/cities: 200 in ")
        assert "first byte " in ask and ask.endswith("1.0 MB sent, 53 bytes received")
        assert any(f"← POST {url}/v1/chat/completions: 200 in " in line for line in lines)
        assert "authorization" not in found  # only with -vv
        at = [found.index(text) for text in ("Task: ask [Running]", "/cities: 200", "Task: ask [Completed]")]
        assert at == sorted(at)


def test_vv_shows_headers_and_bodies(world: World) -> None:
    with project(world) as (directory, _):
        found = run(world, directory, "-vv").out
        assert found.count("→ authorization: Bearer ***") == 2
        assert '← {"city": "Bern", "you said": "***"}' in found
        assert "998.0 kB more; executions show --requests has what is recorded" in found
        assert '"content": "say the word ***"' in found
        assert "data: [DONE]" in found


def test_json_has_them_as_events_only_if_they_are_asked_for(world: World) -> None:
    with project(world) as (directory, url):
        none = events_of(run(world, directory, "-o", "json"))
        some = events_of(run(world, directory, "-o", "json", "-v"))
        everything = events_of(run(world, directory, "-o", "json", "-vv"))
    assert not of(none, "model_asked") and not of(none, "http_exchanged")
    (asked,) = of(some, "model_asked")
    assert asked["path"] == ["write"]
    assert asked["messages"][0]["content"] == {"text": "say the word ***", "bytes": 34, "left_out": 0}
    first, second = of(some, "http_exchanged")
    assert (first["task"], first["request_bytes"], first["request_body"]) == ("ask", 1_000_042, None)
    assert (second["source"], second["path"], second["request_headers"]) == ("model", ["write"], [])
    first, second = of(everything, "http_exchanged")
    assert first["request_body"]["left_out"] == 1_000_042 - (64 << 10)
    assert json.loads(second["request_body"]["text"])["model"] == "tiny"
    assert second["url"] == f"{url}/v1/chat/completions"


def test_show_requests_after_a_run_without_v(world: World) -> None:
    with project(world) as (directory, url):
        done = run(world, directory, "-o", "json")
        execution = of(events_of(done), "execution_created")[0]["execution"]
        shown = world.run("executions", "show", execution, "--requests")
        hides_all(shown)
        assert "ask [ask]\n" in shown.out
        assert "Agent: poet aex-" in shown.out and "[write]\n" in shown.out
        assert "authorization: Bearer ***" in shown.out and "934.5 kB more\n" in shown.out
        one = world.run("executions", "show", execution, "--requests", "--task", "write")
        assert "Instructions: Write a poem." in one.out and "/cities" not in one.out
        tree = json.loads(world.run("executions", "show", execution, "--requests", "-o", "json").out)
        ask, write = tree["steps"]
        assert [each["url"] for each in ask["requests"]] == [f"{url}/cities"]
        assert len(write["executions"][0]["requests"]) == 2
        assert "Bern" in ask["requests"][0]["response_body"]["text"]
        plain = json.loads(world.run("executions", "show", execution, "-o", "json").out)
        assert plain["steps"][0]["requests"] == []
        followed = world.run("executions", "follow", execution, "-v")
        hides_all(followed)
        assert "→ tiny at" in followed.out and "/cities: 200" in followed.out


def test_a_watch_loop_shows_them_too(world: World) -> None:
    with project(world) as (directory, url):
        found = run(world, directory, "--watch", "--runs", "1", "-v").out
    assert f"→ tiny at {url}/v1: 1 message" in found
    assert f"ask: ← POST {url}/cities: 200 in " in found


def test_on_a_terminal_they_stand_below_their_task(world: World) -> None:
    with project(world) as (directory, url):
        screen = world.terminal("run", "flow", "-e", "secret:WORD", "-v", cwd=directory, columns=200)
        screen.expect(pexpect.EOF)
    shown = screen.before or ""
    assert not [word for word in (SECRET, KEY) if word in shown]
    text = SEQUENCES.sub("", shown)
    order = [
        "⚙️ Task: ask [Running]",
        f"ask: ← POST {url}/cities: 200",
        "✓ Task: ask [Completed]",
        "→ tiny at",
    ]
    at = [text.index(each) for each in order]
    assert at == sorted(at)
