"""Without a terminal: one message on each line of standard input."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from tests.support.chat import host_project
from tests.support.command import Running
from tests.support.world import STIGMER, World


def test_each_line_is_a_message_and_only_answers_are_printed(shared: World) -> None:
    done = shared.run(
        "run", "-i", "-o", "quiet", cwd=host_project(shared), stdin="one\n\ntwo\n/undo\n//three\n"
    )
    assert done.code == 0, done.text
    assert done.out == "[1] one <nothing>\n[2] two <one>\n[2] /three <one>\n"
    assert "undone: two" in done.err


def test_events_of_each_turn_and_messages_as_objects(shared: World) -> None:
    lines = "\n".join(["one", json.dumps({"message": "two\nlines"}), '{"no": "message"}'])
    done = shared.run("run", "host", "-i", "-o", "json", cwd=host_project(shared), stdin=lines)
    assert done.code == 0, done.text
    answers = [event["answer"] for event in done.named("run_finished")]
    assert answers == ["[1] one <nothing>", "[2] two\nlines <one>", '[3] {"no": "message"} <two\nlines>']
    assert len({event["session"] for event in done.named("execution_created")}) == 1


def test_a_failed_answer_does_not_end_it_but_shows_in_the_exit_status(shared: World) -> None:
    done = shared.run("run", "-i", "-o", "plain", cwd=host_project(shared), stdin="break\nhello\n/nothing\n")
    assert done.code == 1
    assert "You: hello" in done.out and "hello <break>" in done.out
    assert "the model broke down" in done.err and "there is no command /nothing" in done.err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("answering", [False, True])
def test_a_signal_ends_it_also_while_it_waits_for_a_line(
    shared: World, number: signal.Signals, status: int, answering: bool
) -> None:
    process = subprocess.Popen(
        [STIGMER, "run", "-i", "-o", "json"],
        cwd=host_project(shared),
        env=shared.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process)
    assert process.stdin
    process.stdin.write("slow\n" if answering else "hello\n")
    process.stdin.flush()
    running.until("begun" if answering else "run_finished")
    running.signal(number)
    assert running.end().code == status
    process.stdin.close()


def test_what_cannot_go_with_a_conversation(shared: World) -> None:
    project = host_project(shared)
    for arguments, words in (
        (["--no-follow"], "--interactive and --no-follow"),
        (["-m", "-"], "both read standard input"),
        (["host", "host"], "--interactive is for one agent"),
        (["--notify"], "--interactive and --notify"),
        (["--runs", "2"], "--runs works only with --watch"),
        (["--session", "last", "--ephemeral"], "--session and --ephemeral"),
    ):
        done = shared.run("run", "-i", *arguments, cwd=project)
        assert (done.code, words in done.err) == (2, True), done.text
