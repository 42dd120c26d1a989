"""A conversation with a server that has nothing of ours, and with a backend that dies."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.support.chat import CTRL_C, CTRL_D, ChatTerminal, host_project, open_chat
from tests.support.original.server import OriginalServer, original_server
from tests.support.poll import wait_until
from tests.support.world import World

AGENT = 'from stigmer import Agent\n\nAgent("helper", "Answer every question in one sentence.")\n'


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


def test_a_plain_server_talks_and_says_what_it_cannot(server: OriginalServer, shared: World) -> None:
    project = shared.project(AGENT, name="plain")
    lines = "one\ntwo\n/undo\n/fork\n/edit\n/edit 1\n/save talk.json\n/new\nthree\n"
    done = shared.run("run", "-i", "--server", server.address, "-o", "plain", cwd=project, stdin=lines)
    assert done.out.count("The answer grows while tokens arrive.") == 3, done.text
    assert done.out.count("You: ") == 3
    assert done.err.count("cannot fork a conversation") == 1, done.err
    assert done.err.count("cannot undo what was said") == 3
    assert "nothing was said" not in done.text
    first, second, third = (each.spec.session_id for each in server.created)
    assert first == second != third
    told = json.loads((project / "talk.json").read_text())
    assert [turn["message"] for turn in told["turns"]] == ["one", "two"]
    done = shared.run(
        "run", "-m", "four", "--session", first, "-o", "quiet", "--server", server.address, cwd=project
    )
    assert done.out == "The answer grows while tokens arrive.\n", done.text
    assert server.created[-1].spec.session_id == first
    done = shared.run("session", "list", "--server", server.address)
    assert done.code == 0, done.text


def test_an_answer_that_a_plain_server_cannot_cancel_goes_on(server: OriginalServer, shared: World) -> None:
    server.runners.hold()
    with open_chat(shared, shared.project(AGENT, name="plain"), "--server", server.address) as chat:
        chat.type("one\r")
        chat.see("The answer")
        chat.type(CTRL_C)
        chat.see("this server cannot cancel", "goes on")
        server.runners.may_go_on.set()
        chat.ready()
        chat.say("two", "grows while tokens arrive")
        chat.type(CTRL_D)
        assert chat.end() == 0


def test_a_message_is_not_lost_with_the_server(server: OriginalServer, shared: World) -> None:
    with open_chat(shared, shared.project(AGENT, name="plain"), "--server", server.address) as chat:
        chat.say("one", "grows while tokens arrive")
        server.stop()
        chat.type("a message that matters\r")
        chat.see("Error:", "your message is in the line again")
        chat.ready()
        chat.see("a message that matters")
        chat.type(CTRL_C)
        chat.ready()
        chat.type(CTRL_D)
        assert chat.end() == 0


def test_our_own_backend_is_started_again_and_the_answer_goes_on(world: World) -> None:
    with open_chat(world, host_project(world)) as chat:
        chat.say("one", "[1] one <nothing>")
        chat.type("later\r")
        chat.see("Ctrl-C cancels")
        world.kill_daemon()
        chat.see("it went on")
        chat.ready()
        world.kill_daemon()
        chat.say("two", "[3] two <later>")


def test_a_closed_terminal_ends_what_runs(world: World) -> None:
    chat = ChatTerminal(world, host_project(world))
    chat.ready()
    chat.type("stop\r")
    chat.see("Ctrl-C cancels")
    chat.terminal.kill(signal.SIGHUP)
    chat.terminal.close(force=False)

    def cancelled() -> bool:
        done = world.run("executions", "list", "-o", "json", "-n", "1")
        return bool(done.out) and json.loads(done.out)["phase"] == "cancelled"

    wait_until(cancelled, "what ran was cancelled")
