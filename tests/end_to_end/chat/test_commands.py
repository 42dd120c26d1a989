"""What a line that begins with `/` does."""

from __future__ import annotations

import json

from tests.support.chat import TAB, host_project, open_chat
from tests.support.world import World


def test_undo_makes_the_agent_forget_a_turn(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("/undo", "nothing was said yet")
        chat.say("one", "[1] one <nothing>")
        chat.say("two", "[2] two <one>")
        chat.say("/undo", "undone: two", "the agent remembers 1 turn")
        chat.say("three", "[2] three <one>")


def test_edit_puts_a_message_into_the_line_and_goes_on_from_before_it(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("one", "[1] one <nothing>")
        chat.say("two", "[2] two <one>")
        chat.say("/edit", "1: one", "2: two")
        chat.say("/edit 7", "there is no such message", "from 1 to 2")
        chat.type("/edit 2\r")
        chat.see("going on from before this message")
        chat.ready()
        chat.see("two")
        chat.type(" and a half\r")
        chat.see("[2] two and a half <one>")
        chat.ready()
        chat.type("/edit 1\r")
        chat.ready()
        chat.see("one")
        chat.type("!\r")
        chat.see("[1] one! <nothing>")


def test_fork_goes_on_in_a_copy(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("one", "[1] one <nothing>")
        chat.type("/fork\r")
        chat.see("going on in a copy, ses-", "what was said so far")
        chat.terminal.expect(r"ses-\w{26}")
        before = str(chat.terminal.after)
        chat.ready()
        chat.say("two", "[2] two <one>")
    told = json.loads(shared.run("session", "show", before, "-o", "json").out)
    assert [turn["message"] for turn in told["turns"]] == ["one"]


def test_turns_that_failed_or_were_cancelled_are_remembered(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("break", "the model broke down")
        chat.type("slow\r")
        chat.see("begun")
        chat.type("\x03")
        chat.see("(cancelled)")
        chat.ready()
        chat.say("and now", "[3] and now <slow>")


def test_another_model_answers_from_now_on(shared: World) -> None:
    project = host_project(shared)
    (project / "other.yaml").write_text('- say: "other: {{ message }} <{{ previous }}>"\n')
    with open_chat(shared, project) as chat:
        chat.say("one", "[1] one <nothing>")
        chat.say("/model", "the model that the agent and the settings name")
        chat.say("/model sripted:other.yaml", "there is no provider", 'did you mean "scripted"?')
        chat.say("/model scripted:nowhere.yaml", "/model: cannot read the script nowhere.yaml")
        chat.say("/model scr" + TAB + "other.yaml", "answers come from scripted with a script of its own")
        chat.say("two", "other: two <one>")
        chat.say("/model default", "the model that the agent")
        chat.say("three", "[3] three <two>")


def test_save_writes_markdown_or_json(shared: World) -> None:
    project = host_project(shared)
    (project / "taken.md").write_text("mine")
    with open_chat(shared, project, "-e", "secret:KEY=hunter2hunter2") as chat:
        chat.say("/save x.md", "nothing was said yet")
        chat.say("**bold** hunter2hunter2", "[1] ")
        chat.say("/save", "needs the name of a file")
        chat.say("/save taken.md", "is there already")
        chat.say("/save talk.md", "saved 1 turn in talk.md")
        chat.say("more", "[2] more <")
        chat.say("/save talk.md", "saved 2 turns in talk.md")
        chat.say("/save talk.json", "saved 2 turns in talk.json")
        chat.say("/save nowhere/talk.md", "cannot write nowhere/talk.md")
    text = (project / "talk.md").read_text()
    assert text.startswith("# A conversation with host\n")
    assert "\n## You\n\n**bold** ***\n\n## host\n\n[1] **bold**" in text and "hunter2" not in text
    told = json.loads((project / "talk.json").read_text())
    assert [turn["message"] for turn in told["turns"]] == ["**bold** ***", "more"]
    assert (project / "taken.md").read_text() == "mine"


def test_two_slashes_send_one_and_an_unknown_command_names_the_nearest(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("//new", "[1] /new <nothing>")
        chat.say("/unod", "there is no command /unod", "did you mean /undo?")
        chat.say("/new york", "/new takes nothing")
        chat.say("again", "[2] again </new>")
