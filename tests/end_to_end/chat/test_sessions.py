"""`--session` goes on with a conversation; `stigmer session` lists, shows and deletes them."""

from __future__ import annotations

import json
from pathlib import Path

import pexpect

from tests.support.chat import CTRL_D, host_project, open_chat
from tests.support.world import World


def said(world: World, project: Path, *messages: str) -> str:
    """The id of a session with these messages."""
    session = ""
    for each in messages:
        more = ["--session", session] if session else []
        done = world.run("run", "host", "-o", "json", "-m", each, *more, cwd=project)
        assert done.code == 0, done.text
        session = done.named("execution_created")[0]["session"]
    return session


def test_a_conversation_goes_on_with_and_without_a_terminal(shared: World) -> None:
    project = host_project(shared)
    session = said(shared, project, "one", "two")
    done = shared.run("run", "--session", "last", "-m", "three", "-o", "quiet", cwd=project)
    assert done.out == "[3] three <two>\n", done.text
    done = shared.run("run", "--session", session[4:27], "-m", "four", "-o", "quiet")
    assert done.out == "[4] four <three>\n", done.text
    with open_chat(shared, project, "--session", session) as chat:
        assert "1 earlier turn" in chat.text and "You: one" not in chat.text
        assert "Agent: [4] four <three>" in chat.text
        chat.say("five", "[5] five <four>")


def test_a_session_that_is_not_there_or_not_his(shared: World) -> None:
    program = host_project(shared).joinpath("main.py").read_text()
    project = host_project(
        shared, program=program + program.replace('"host"', '"guest"').partition("\n\n")[2]
    )
    first, second = said(shared, project, "one"), said(shared, project, "one")
    for arguments, code, words in (
        (["--session", "nothing"], 1, "no session with the id nothing"),
        (["--session", "ses-0"], 1, "sessions begin with ses-0"),
        (["guest", "--session", first], 2, "with another agent than guest"),
        (["guest", "--session", "last"], 1, "no conversation with this agent yet"),
        (["--session", first, "--all"], 2, "--session is for one agent"),
    ):
        done = shared.run("run", "-m", "hello", *arguments, cwd=project)
        assert (done.code, words in done.err) == (code, True), done.text
    assert first != second
    done = shared.run("run", "--session", first, cwd=project)
    assert done.code == 2 and "needs something to say" in done.err


def test_sessions_are_listed_and_shown(world: World) -> None:
    assert "Nobody has talked" in world.run("session", "list").out
    project = host_project(world)
    session = said(world, project, "one\nand a half", "two")
    done = world.run("session", "list")
    head, row = done.out.splitlines()
    assert head.split("  ")[0] == "ID" and row.split()[:3] == [session, "host", "2"]
    assert "just now" in row and row.endswith("one")
    (listed,) = map(json.loads, world.run("session", "list", "-o", "json").out.splitlines())
    assert (listed["session"], listed["turns"], listed["message"]) == (session, 2, "one")
    shown = world.run("session", "show", "last").out
    assert "You: one\nand a half\n" in shown and "Agent: [2] two <one" in shown
    assert world.run("session", "show", session[:12], "-o", "quiet").out.endswith(
        "[2] two <one\nand a half>\n"
    )


def test_a_session_is_deleted_with_its_executions_after_a_question(world: World) -> None:
    project = host_project(world)
    first, second = said(world, project, "one"), said(world, project, "two")
    done = world.run("session", "delete", first)
    assert done.code == 2 and "--yes" in done.err
    terminal = world.terminal("session", "delete", first)
    terminal.expect("one")
    terminal.expect("Delete this conversation")
    terminal.send("n\r")
    terminal.expect("nothing was deleted")
    terminal.expect(pexpect.EOF)
    done = world.run("session", "delete", first, second, "--yes")
    assert done.out.count("with 1 execution\n") == 2, done.text
    assert world.run("session", "list", "-o", "quiet").out == ""
    assert world.run("executions", "list", "-o", "quiet").out == ""


def test_what_was_undone_is_marked_and_a_fork_shows_what_it_began_with(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("one", "[1] one <nothing>")
        chat.say("two", "[2] two <one>")
        chat.say("/undo", "undone: two")
        chat.say("/fork", "going on in a copy")
        chat.say("three", "[2] three <one>")
        chat.type(CTRL_D)
        chat.end()
    shown = shared.run("session", "show", "last").out
    assert "goes on from ses-" in shown
    assert shown.index("You: one") < shown.index("You: three") and "two" not in shown.replace("(undone", "")
