"""Which one is run: a prompt on a terminal, a name, or what is deployed."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.shell import PROMPT, open_shell
from tests.support.world import World

DOWN, ENTER = "\x1b[B", "\r"


def test_the_only_one_is_run(shared: World) -> None:
    done = shared.run("run", "-o", "plain", cwd=shared.project(ONE_WORKFLOW))
    assert done.code == 0, done.text
    assert "greet" in done.out


def test_a_terminal_asks_and_runs_what_was_chosen(shared: World) -> None:
    terminal = shared.terminal("run", "-o", "plain", cwd=shared.project(TWO_WORKFLOWS))
    terminal.expect("Select resource to run")
    terminal.expect("greet")
    terminal.expect("part")
    terminal.send(DOWN + ENTER)
    terminal.expect("Task: farewell")
    terminal.expect("Completed")
    terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 0


def test_without_a_terminal_the_exact_commands_are_listed(shared: World) -> None:
    project = shared.project(TWO_WORKFLOWS)
    done = shared.run("run", "-m", "two words", "-e", "secret:KEY=hunter2-hunter2", cwd=project)
    assert done.code == 2
    commands = [line.strip() for line in done.err.splitlines() if line.startswith("  stigmer run ")]
    assert commands == [
        "stigmer run greet -m 'two words' -e secret:KEY",
        "stigmer run part -m 'two words' -e secret:KEY",
    ]
    typed = shlex.split(commands[1])[1:]
    again = shared.run(*typed, "-o", "json", cwd=project, env={"KEY": "hunter2-hunter2"})
    assert again.code == 0 and again.named("target_resolved")[0]["name"] == "part"


def test_a_terminal_that_cannot_redraw_takes_numbers_and_names(world: World) -> None:
    with open_shell(world, TWO_WORKFLOWS, {"TERM": "dumb"}) as shell:
        shell.type("$S run -o plain")
        shell.see("1  [Workflow] greet - Says hello", "2  [Workflow] part - Says goodbye", "Number or name")
        shell.type("7")
        shell.see("there is no 7: type a number from 1 to 2", "Number or name")
        shell.type("2")
        shell.see("> [Selected: part]", "Task: farewell", "Done!", PROMPT)
        shell.type("$S run -o plain")
        shell.see("1  [Workflow] part", "Number or name [1: part]")
        shell.type("greet")
        shell.see("> [Selected: greet]", "Done!", PROMPT)
        shell.type("$S run -o plain; echo status $?")
        shell.see("Number or name")
        shell.press("\x03")
        shell.see("status 130")
        assert "\x1b[" not in shell.written.replace("\x1b[?2004", "")


def test_a_name_is_applied_and_run(shared: World) -> None:
    project = shared.project(TWO_WORKFLOWS.replace("hello", "good morning"))
    done = shared.run("run", "greet", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    assert done.named("target_resolved")[0]["name"] == "greet"
    assert "good morning" in done.named("run_finished")[0]["answer"]


def test_from_elsewhere_what_is_deployed_is_run_and_nothing_applied(shared: World) -> None:
    assert shared.run("apply", cwd=shared.project(ONE_WORKFLOW)).code == 0
    done = shared.run("run", "greet", "-o", "json", cwd=Path("/"))
    assert done.code == 0, done.text
    assert not done.named("resource_applied")
    assert "hello" in done.named("run_finished")[0]["answer"]


def test_in_a_directory_below_the_project_the_project_counts(shared: World) -> None:
    below = shared.project(ONE_WORKFLOW) / "a" / "b"
    below.mkdir(parents=True, exist_ok=True)
    done = shared.run("run", "-o", "json", cwd=below)
    assert done.code == 0, done.text
    assert done.named("project_found")


def test_a_name_that_the_code_has_given_up_is_run_only_on_demand(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    assert world.run("apply", cwd=project).code == 0
    (project / "main.py").write_text(ONE_WORKFLOW.replace('"greet"', '"greeting"').replace("hello", "new"))
    for named in ([], ["-C", str(project)]):
        done = world.run("run", "greet", "-o", "quiet", *named, cwd=Path("/") if named else project)
        assert (done.code, done.out) == (1, "")
        assert 'no longer declares "greet"' in done.err and 'did you mean "greeting"?' in done.err
    (project / "main.py").write_text("not even Python")
    done = world.run("run", "greet", "--deployed", "-o", "quiet", cwd=project)
    assert (done.code, "hello" in done.out) == (0, True), done.text


def test_what_cannot_go_with_deployed(shared: World) -> None:
    project = shared.project(ONE_WORKFLOW)
    for arguments, word in (
        ([], "needs a name"),
        (["greet", "--ephemeral"], "--ephemeral"),
        (["greet", "--watch"], "--watch"),
    ):
        done = shared.run("run", "--deployed", *arguments, cwd=project)
        assert done.code == 2 and word in done.err, done.text
