"""`--attach` and `@FILE`: a model sees what it is given, now and in later turns."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat import open_chat
from tests.support.original.server import original_server
from tests.support.providers.server import FakeProvider, fake
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("seer", "You say what is on pictures.")
actor = Agent("actor", "You play what is written.", model=Scripted("actor.yaml"))
Workflow("play").call_agent("scene", actor, "Begin.")
"""
# One red pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def stage(shared: World) -> Path:
    project = shared.project(PROGRAM)
    (project / "actor.yaml").write_text('- say: "[{{ message }}]"\n', "utf-8")
    (project / "photo.png").write_bytes(PNG)
    (project / "notes.txt").write_text("The code is 4711.\n", "utf-8")
    return project


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with fake("openai", "A red dot.") as made:
        yield made


def variables(provider: FakeProvider) -> list[str]:
    return [word for name, value in provider.env.items() for word in ("-e", f"{name}={value}")]


def said(provider: FakeProvider, number: int) -> list[Any]:
    return [each["content"] for each in provider.requests[number].body["messages"] if each["role"] == "user"]


def pictures(content: Any) -> list[bytes]:
    urls = [each["image_url"]["url"] for each in content if each["type"] == "image_url"]
    return [base64.b64decode(url.partition(",")[2]) for url in urls]


def test_a_picture_is_seen_now_and_in_later_turns(shared: World, stage: Path, provider: FakeProvider) -> None:
    done = shared.run("run", "seer", "-m", "What is on @photo.png?", *variables(provider), cwd=stage)
    assert (done.code, "A red dot." in done.out) == (0, True), done.text
    assert "📎 photo.png (image/png, 1 kB)" in done.out
    assert pictures(said(provider, 0)[0]) == [PNG]
    again = shared.run("run", "--session", "last", "-m", "Which colour?", *variables(provider), cwd=stage)
    assert again.code == 0, again.text
    assert pictures(said(provider, 1)[0]) == [PNG]
    assert said(provider, 1)[1] == "Which colour?"


def test_the_content_is_shown_nowhere(shared: World, stage: Path, provider: FakeProvider) -> None:
    data = base64.b64encode(PNG).decode()
    done = shared.run("run", "seer", "--attach", "photo.png", *variables(provider), "-o", "json", cwd=stage)
    assert done.code == 0
    assert data not in done.out
    assert data not in shared.run("executions", "show", "last", "-o", "json").out


def test_a_text_is_told_with_its_name(shared: World, stage: Path, provider: FakeProvider) -> None:
    shared.run("run", "seer", "-m", "Read it", "--attach", "notes.txt", *variables(provider), cwd=stage)
    told = json.dumps(said(provider, 0)[0])
    assert "The code is 4711." in told
    assert "notes.txt" in told


def test_in_a_conversation_each_message_has_its_own_files(shared: World, stage: Path) -> None:
    with open_chat(shared, stage, "actor") as chat:
        chat.say("@missing.png", "there is no file missing.png to attach")
        chat.type("\x15")
        chat.say("look at @notes.txt", "The code is 4711.")
        chat.say("and now?", "[and now?]")


def test_a_watch_loop_runs_again_when_a_file_changes(shared: World, stage: Path) -> None:
    running = shared.start("run", "actor", "-m", "see @notes.txt", "--watch", "--runs", "2", cwd=stage)
    running.until("4711")
    (stage / "notes.txt").write_text("The code is 4712.\n", "utf-8")
    done = running.end()
    assert "4712" in done.out


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("actor", "--attach", "no.png"), "cannot attach"),
        (("actor", "-m", "@no.png"), "there is no file no.png to attach"),
        (("play", "--attach", "notes.txt"), "play is a workflow: files are given to agents"),
    ],
)
def test_what_cannot_be_given_is_said(
    shared: World, stage: Path, args: tuple[str, ...], problem: str
) -> None:
    done = shared.run("run", *args, cwd=stage)
    assert done.code == 2
    assert problem in done.err


def test_a_plain_server_takes_no_files(shared: World, stage: Path) -> None:
    with original_server() as server:
        done = shared.run("run", "actor", "--attach", "notes.txt", "--server", server.address, cwd=stage)
    assert done.code == 4
    assert "takes no files with a message" in done.err


def test_a_script_reads_text(shared: World, stage: Path) -> None:
    (stage / "notes.txt").write_text("The code is 4711.\n", "utf-8")
    done = shared.run("run", "actor", "-m", "see @photo.png @notes.txt", "-o", "quiet", cwd=stage)
    assert "The code is 4711." in done.out
    assert "(binary)" in done.out
