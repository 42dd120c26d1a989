"""The code changes in the middle of a conversation: the last message is asked again, on the same history."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.chat import CTRL_C, CTRL_D, ChatTerminal, open_chat
from tests.support.original.server import original_server
from tests.support.paths import MCP_SERVER
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

PROGRAM = """
from pathlib import Path
from stigmer import Agent, Scripted

prompt = (Path(__file__).parent / "prompt.md").read_text()
Agent("host", prompt, model=Scripted("host.yaml"))
"""
SCRIPT = r"""
- when: {message: /^slow/, instructions: kind}
  chunk: 600
  say: "begun and never ended"
- say: "[{{ count }}] {{ instructions | first_line }}: {{ message }} <{{ previous | default('nothing') }}>"
"""
WITH_TOOLS = f"""
from pathlib import Path
from stigmer import Agent, Scripted, StdioServer

prompt = (Path(__file__).parent / "prompt.md").read_text()
tools = StdioServer("tools", {sys.executable!r}, ["server.py"])
Agent("host", prompt, mcp_servers=[tools], model=Scripted("host.yaml"))
"""
WITH_FUNCTIONS = """
from stigmer import Agent, Scripted
from weather import forecast

Agent("host", "A kind host", tools=[forecast], model=Scripted("host.yaml"))
"""
KIND, RUDE = "A kind host", "A rude host"


def hot_project(world: World, program: str = PROGRAM, script: str = SCRIPT, name: str = "project") -> Path:
    project = world.project(program, name=name)
    (project / "host.yaml").write_text(script)
    (project / "prompt.md").write_text(KIND)
    return project


@contextmanager
def hot_chat(world: World, project: Path, *args: str) -> Iterator[ChatTerminal]:
    with open_chat(world, project, "--watch", *args) as chat:
        yield chat


def ask_again(chat: ChatTerminal, project: Path, prompt: str, *shown: str) -> None:
    """A save, and what comes of it."""
    (project / "prompt.md").write_text(prompt)
    chat.see("prompt.md changed: asked again:", *shown, "from the answer before")


def past(world: World) -> list[tuple[str, str]]:
    """(phase, id) of all executions, the oldest first."""
    done = world.run("executions", "list", "-o", "json", "-n", "50")
    found = [json.loads(line) for line in done.out.splitlines()]
    return [(each["phase"], each["execution"]) for each in reversed(found)]


def test_the_last_message_is_asked_again_on_the_same_history(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", f"[1] {KIND}: one <nothing>")
        chat.say("two", f"[2] {KIND}: two <one>")
        ask_again(chat, project, RUDE, "two", f"before: [2] {KIND}", f"[2] {RUDE}: two <one>")
        assert chat.text.count("two <one>") >= 2
        chat.say("three", f"[3] {RUDE}: three <two>")
        ask_again(chat, project, KIND, "three", f"[3] {KIND}: three <two>")
        chat.type(CTRL_D)
        assert chat.end() == 0
    assert [phase for phase, _ in past(world)] == ["completed"] * 5


def test_the_next_answer_runs_the_new_code_of_a_function(world: World) -> None:
    script = '- call: {tool: forecast, args: {city: Bern}}\n- say: "{{ result }}, {{ message }}"\n'
    project = hot_project(world, WITH_FUNCTIONS, script)
    function = 'def forecast(city: str) -> str:\n    print("looked up")\n    return f"{city}: sun"\n'
    (project / "weather.py").write_text(function)
    with hot_chat(world, project) as chat:
        chat.say("one", "looked up", "Bern: sun, one")
        (project / "weather.py").write_text(function.replace("sun", "rain"))
        chat.see("weather.py changed: asked again:", "one", "Bern: rain, one")
        chat.ready()
        chat.say("two", "Bern: rain, two")


def test_d_shows_both_answers(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("/diff", "there are no two answers yet")
        chat.say("do it", "do it <nothing>")
        ask_again(chat, project, RUDE, "1 of 7 words differ")
        chat.type("d")
        chat.see("before", "│ now", "kind", "│", "rude")
        chat.type("d\r")
        chat.see("│ now")
        chat.ready()
        chat.say("/diff", "│ now")
        line = [line for line in chat.text.splitlines() if "│" in line][-1]
        assert line.split("│")[0].strip() == f"[1] {KIND}: do it <nothing>"
        assert line.split("│")[1].strip() == f"[1] {RUDE}: do it <nothing>"
        chat.say("do more", f"[2] {RUDE}: do more <do it>")


def test_a_line_that_is_being_typed_stays(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", "one <nothing>")
        chat.type("half a")
        chat.see("half a")
        ask_again(chat, project, RUDE, f"[1] {RUDE}: one <nothing>")
        chat.see("half a")
        chat.type(" message\r")
        chat.see(f"[2] {RUDE}: half a message <one>")


def test_an_edit_during_an_answer_takes_its_place(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.type("slow\r")
        chat.see("begun")
        (project / "prompt.md").write_text(RUDE)
        chat.see("(interrupted: the code changed)", "asked again: slow", "before: begun")
        chat.see(f"[1] {RUDE}: slow <nothing>")
        chat.ready()
        chat.say("go on", f"[2] {RUDE}: go on <slow>")
    assert [phase for phase, _ in past(world)] == ["cancelled", "completed", "completed"]


def test_ctrl_c_ends_an_answer_and_an_edit_asks_it_again(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.type("slow\r")
        chat.see("begun")
        chat.type(CTRL_C)
        chat.see("(cancelled)")
        chat.ready()
        (project / "prompt.md").write_text(RUDE)
        chat.see("asked again: slow", f"[1] {RUDE}: slow <nothing>")


def test_an_answer_that_grows_while_somebody_types_is_shown_and_can_be_interrupted(world: World) -> None:
    project = hot_project(world)
    (project / "prompt.md").write_text(RUDE)
    with hot_chat(world, project) as chat:
        chat.say("slow", f"[1] {RUDE}: slow")
        chat.type("half a")
        chat.see("half a")
        (project / "prompt.md").write_text(KIND)
        chat.see("asked again: slow", "begun", "(Ctrl-C interrupts)")
        chat.type(CTRL_C)
        chat.see("(cancelled)")
        chat.type(" message\r")
        chat.see(f"[2] {KIND}: half a message <slow>")
        chat.ready()
        assert "Ctrl-C interrupts" not in chat.text


def test_what_is_sent_during_an_answer_is_asked_after_it(world: World) -> None:
    script = SCRIPT.replace("chunk: 600", "chunk: 1")
    project = hot_project(world, script=script)
    (project / "prompt.md").write_text(RUDE)
    with hot_chat(world, project) as chat:
        chat.say("slow", f"[1] {RUDE}: slow")
        (project / "prompt.md").write_text(KIND)
        chat.see("asked again: slow", "begun", "(Ctrl-C interrupts)")
        chat.say("sent early", "and never ended", "from the answer before", f"[2] {KIND}: sent early <slow>")
        assert "Ctrl-C interrupts" not in chat.text


def test_a_backend_that_dies_is_started_again_and_the_message_asked_again(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", f"[1] {KIND}: one")
        world.kill_daemon()
        chat.say("two", f"[2] {KIND}: two <one>")
        ask_again(chat, project, RUDE, "two", f"[2] {RUDE}: two <one>")


def test_broken_code_ends_nothing_and_the_last_that_works_answers(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", f"[1] {KIND}: one")
        (project / "main.py").write_text(f"{PROGRAM}\ndef (\n")
        chat.see("SyntaxError", "the last code that works answers until it is mended")
        chat.say("two", "the last code that works answers", f"[2] {KIND}: two <one>")
        (project / "prompt.md").write_text(RUDE)
        (project / "main.py").write_text(PROGRAM)
        chat.see("main.py works again", "asked again: two", f"[2] {RUDE}: two <one>")
    assert len(past(world)) == 3


def test_code_that_is_broken_at_the_start_can_be_mended(world: World) -> None:
    project = hot_project(world)
    (project / "main.py").write_text("def (\n")
    with hot_chat(world, project) as chat:
        chat.say("one", "SyntaxError", "your message is in the line again")
        (project / "main.py").write_text(PROGRAM)
        chat.see("main.py works again")
        chat.type("\r")
        chat.see(f"[1] {KIND}: one <nothing>")


def test_before_anything_was_asked_a_save_asks_nothing(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        (project / "prompt.md").write_text(RUDE)
        chat.see("prompt.md changed: the next message gets the new code")
        chat.say("one", f"[1] {RUDE}: one <nothing>")
        chat.say("/new", "a new conversation")
        (project / "prompt.md").write_text(KIND)
        chat.see("prompt.md changed: the next message gets the new code")
        chat.say("two", f"[1] {KIND}: two <nothing>")
    assert len(past(world)) == 2


def test_what_makes_no_difference_asks_nothing_again(world: World) -> None:
    project = hot_project(world)
    (project / ".gitignore").write_text("*.log\n")
    with hot_chat(world, project) as chat:
        chat.say("one", "one <nothing>")
        (project / "out.log").write_text("ignored")
        (project / "notes.txt").write_text("not used")
        chat.see("notes.txt changed: it makes no difference to host")
        chat.say("two", "[2]")
        assert "out.log" not in chat.text
    assert len(past(world)) == 2


def test_of_two_saves_the_last_one_answers(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", f"[1] {KIND}: one")
        (project / "prompt.md").write_text(RUDE)
        (project / "prompt.md").write_text("A quick host")
        chat.see("[1] A quick host: one <nothing>", "words differ")
        chat.say("two", "[2] A quick host: two <one>")


def test_a_tool_that_changes_asks_again(world: World) -> None:
    script = "- call: {tool: add, args: {a: 2, b: 3}}\n- say: 'It is {{ result }}'\n"
    project = hot_project(world, WITH_TOOLS, script)
    shutil.copy(MCP_SERVER, project / "server.py")
    with hot_chat(world, project) as chat:
        chat.say("add", "It is 5")
        server = (project / "server.py").read_text()
        (project / "server.py").write_text(server.replace('str(args["a"] + args["b"])', '"about six"'))
        chat.see("server.py changed: asked again: add", "It is about six", "words differ")
        chat.say("/diff", "│ now")
        (line,) = [line for line in chat.text.splitlines() if "│ It is about six" in line]
        assert line.startswith("It is 5 ")


def test_after_an_undo_the_turn_before_is_the_last(world: World) -> None:
    project = hot_project(world)
    with hot_chat(world, project) as chat:
        chat.say("one", "[1]")
        chat.say("two", "[2]")
        ask_again(chat, project, RUDE, f"[2] {RUDE}: two <one>")
        chat.say("/undo", "undone: two", "the agent remembers 1 turn")
        ask_again(chat, project, "A quick host", "one", "[1] A quick host: one <nothing>")
        chat.say("three", "[2] A quick host: three <one>")
        chat.say("/edit 1", "going on from before this message")
        chat.see("one")
        (project / "prompt.md").write_text(RUDE)
        chat.see("the next message gets the new code")
        chat.type("\r")
        chat.see(f"[1] {RUDE}: one <nothing>")


def test_an_agent_that_changes_its_own_code_is_not_asked_for_ever(world: World) -> None:
    script = """
- when: {message: write}
  call: {tool: append, args: {file: prompt.md, text: " and more"}}
- say: "written: {{ instructions | words }}"
"""
    project = hot_project(world, WITH_TOOLS, script)
    shutil.copy(MCP_SERVER, project / "server.py")
    with hot_chat(world, project) as chat:
        chat.type("write\r")
        chat.see("prompt.md changed: asked again: write", "no message is asked again")
        chat.ready()
        chat.say("hello", "written:")


def test_again_asks_once_more(world: World) -> None:
    with hot_chat(world, hot_project(world)) as chat:
        chat.say("/again", "nothing was asked yet")
        chat.say("one", "[1]")
        chat.say("/again", "once more: asked again: one", "the answer is the same as before")


def test_a_plain_server_cannot_fork_and_gets_the_new_code_for_the_next_message(world: World) -> None:
    program = PROGRAM.replace(', model=Scripted("host.yaml")', "").replace(", Scripted", "")
    project = hot_project(world, program)
    with original_server() as server, hot_chat(world, project, "--server", server.address) as chat:
        chat.say("one", "grows while tokens arrive")
        (project / "prompt.md").write_text(RUDE)
        chat.see("asked again: one", "the answer is the same as before")
        chat.say("two", "grows while tokens arrive")
        (project / "prompt.md").write_text("A quick host")
        chat.see("cannot fork a conversation", "the new code answers from the next message on")
        (project / "prompt.md").write_text(KIND)
        chat.see("the next message gets the new code")
        chat.say("three", "grows while tokens arrive")
        first, second, third, fourth = (each.spec.session_id for each in server.created)
        assert first != second == third == fourth, "what is asked first is asked again in a new session"


def test_what_cannot_be_combined_is_refused(world: World) -> None:
    project = hot_project(world)
    for option in (["--runs", "2"], ["--until-success"], ["--on-change", "keep"], ["--deployed"]):
        done = world.run("run", "-i", "--watch", *option, cwd=project)
        assert done.code == 2, done.text
        assert f"--interactive, --watch and {' '.join(option[:1])}" in done.err
    done = world.run("run", "-i", "--watch", "host")
    assert (done.code, "--watch needs a project" in done.err) == (2, True)


def test_a_program_talks_and_edits(world: World) -> None:
    project = hot_project(world)
    with subprocess.Popen(
        [STIGMER, "run", "-i", "--watch", "-o", "json"],
        cwd=project,
        env=world.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as talking:
        assert talking.stdin is not None and talking.stdout is not None

        def until(kind: str) -> dict[str, object]:
            for line in talking.stdout or ():
                event: dict[str, object] = json.loads(line)
                if event["event"] == kind:
                    return event
            raise AssertionError(f"no {kind}")

        assert until("code_taken")["cause"] == "start"
        print("one", file=talking.stdin, flush=True)
        assert until("run_finished")["answer"] == f"[1] {KIND}: one <nothing>"
        until("watch_ready")
        (project / "prompt.md").write_text(RUDE)
        assert until("turn_repeated")["answer"] == f"[1] {KIND}: one <nothing>"
        compared = until("answers_compared")
        assert compared["after"] == f"[1] {RUDE}: one <nothing>"
        talking.stdin.close()
        until("watch_finished")
        assert talking.wait(PATIENCE_SECONDS) == 0
