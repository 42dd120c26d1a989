"""Each message is an execution of one session; Ctrl-C ends an answer, and Ctrl-D the conversation."""

from __future__ import annotations

import json
import signal

from tests.support.chat import CTRL_C, CTRL_D, host_project, open_chat
from tests.support.poll import wait_until
from tests.support.world import World


def test_the_agent_remembers_what_was_said(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("good morning", "[1] good morning <nothing>")
        chat.say("and good night", "[2] and good night <good morning>")
        assert chat.text.count("good night <") == 1
        chat.type(CTRL_D)
        chat.see("to go on: stigmer run -i --session ses-")
        assert chat.end() == 0


def test_the_message_of_the_command_line_is_the_first(shared: World) -> None:
    with open_chat(shared, host_project(shared), "host", "-m", "hello") as chat:
        assert "You: hello" in chat.text and "[1] hello <nothing>" in chat.text
        chat.say("more", "[2] more <hello>")
        chat.say("/new")
        chat.say("fresh", "[1] fresh <nothing>")


def test_outside_of_a_project_what_is_deployed_talks(shared: World) -> None:
    assert shared.run("apply", cwd=host_project(shared)).code == 0
    with open_chat(shared, shared.dir, "host") as chat:
        chat.say("hello", "[1] hello <nothing>")


def test_ctrl_c_ends_the_answer_and_the_execution_but_not_the_conversation(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type("slow\r")
        chat.see("begun")
        chat.type(CTRL_C)
        chat.see("(cancelled)")
        chat.ready()
        chat.say("go on", "] go on <")
        done = shared.run("executions", "list", "-o", "json", "-n", "2")
        assert [json.loads(line)["phase"] for line in done.out.splitlines()] == ["completed", "cancelled"]


def test_ctrl_c_on_a_line_clears_it_and_on_an_empty_one_says_how_to_leave(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type("never sent" + CTRL_C)
        chat.ready()
        chat.type(CTRL_C)
        chat.see("Ctrl-D or /exit leaves")
        chat.ready()
        chat.say("sent", "[1] sent <nothing>")
        chat.type("/exit\r")
        assert chat.end() == 0


def test_a_failed_answer_ends_nothing(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("break", "Error: the model broke down")
        chat.say("again", "again <")


def test_a_killed_conversation_cancels_what_runs_and_restores_the_terminal(world: World) -> None:
    with open_chat(world, host_project(world)) as chat:
        chat.type("stop\r")
        chat.see("Ctrl-C cancels")
        chat.terminal.kill(signal.SIGTERM)
        assert chat.end() == 143

    def cancelled() -> bool:
        done = world.run("executions", "list", "-o", "json", "-n", "1")
        return bool(done.out) and json.loads(done.out)["phase"] == "cancelled"

    wait_until(cancelled, "what ran was cancelled")


def test_a_killed_line_editor_ends(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type("half a mess")
        chat.see("mess")
        chat.terminal.kill(signal.SIGTERM)
        assert chat.end() == 143


def test_what_is_typed_during_an_answer_is_the_next_message(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type("slow\r")
        chat.see("begun")
        chat.type("typed early")
        chat.type(CTRL_C)
        chat.see("(cancelled)")
        chat.ready()
        chat.see("typed early")
        chat.type("\r")
        chat.see("] typed early <")


def test_a_workflow_does_not_talk(shared: World) -> None:
    program = 'from stigmer import Workflow\nw = Workflow("report")\nw.set("say", text="hello")\n'
    project = shared.project(program, name="flow")
    done = shared.run("run", "report", "-i", cwd=project)
    assert done.code == 2 and "report is a workflow, and only agents talk" in done.err
    done = shared.run("run", "-i", cwd=project)
    assert done.code == 1 and "declares no agent" in done.err
