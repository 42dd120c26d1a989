"""`stigmer run --resume`: the installed command, a real backend, and effects in files."""

from __future__ import annotations

import pexpect

from tests.end_to_end.resuming.steps import Steps, answer
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants

TALKS = """
from stigmer import Agent, Scripted

Agent("bob", "Talk with everybody.", model=Scripted("s.yaml"))
"""
DONE_ONCE = {"first": 1, "round-1": 1, "round-2": 1, "round-3": 1}


def test_what_failed_goes_on_with_the_code_of_now(steps: Steps) -> None:
    steps.failed("round-2").unlink()
    steps.change('steps.set("last", all=', 'steps.set("ending", of=')
    done = steps.run("--resume", "last", "-o", "json")
    [created] = done.named("execution_created")
    assert created["resumed_at"] == "rounds[1]/inner"
    assert created["resumed_from"].startswith("wex-")
    assert steps.notes == {**DONE_ONCE, "round-2": 2, "second": 1}
    finished = done.named("task_finished")
    kept = [each["task"] for each in finished if each["kept_from"] == created["resumed_from"]]
    assert kept == ["first", "pick", "rounds[0]/inner"]
    assert not {each["task"] for each in done.named("task_started")} & set(kept)
    assert done.events[-1]["answer"] == '{"of": ["first", 7, "second"]}'


def test_on_the_screen_and_where_the_history_shows_it(steps: Steps) -> None:
    steps.failed().unlink()
    done = steps.run("--resume", "last:steps")
    assert "✓ Task: first [Kept]" in done.out
    assert "Goes on with wex-" in done.out
    assert "at second" in done.out
    shown = steps.world.run("executions", "show", "last")
    old = shown.out.partition("Goes on with ")[2].split()[0]
    assert old.startswith("wex-")
    assert "first [Kept]" in shown.out
    before = steps.world.run("executions", "show", old)
    new = before.out.partition("Resumed by ")[2].split()[0]
    assert new in shown.out
    listed = steps.world.run("executions", "list", "-o", "json")
    by_id = {each["execution"]: each for each in listed.events}
    assert by_id[new]["resumed_from"] == old
    assert by_id[old]["resumed_by"] == [new]


def test_on_a_terminal_it_is_offered(steps: Steps) -> None:
    mend = steps.failed()
    mend.unlink()
    screen = steps.world.terminal("run", "--resume", "last", cwd=steps.directory)
    screen.expect("second is broken")
    screen.expect("It goes on at second")
    screen.expect("Not run again: first, pick")
    screen.expect_exact("Go on with it? [Y/n]")
    screen.sendline("n")
    screen.expect("the same as: stigmer executions follow wex-")
    screen.expect(pexpect.EOF)
    assert screen.wait() == 1, "as it ended"
    assert steps.notes["second"] == 1
    screen = steps.world.terminal("run", "--resume", "last", cwd=steps.directory)
    screen.expect_exact("Go on with it? [Y/n]")
    screen.sendline("")
    screen.expect("Execution completed")
    screen.expect(pexpect.EOF)
    assert screen.wait() == 0
    assert steps.notes["second"] == 2


def test_on_a_terminal_yes_and_from_are_not_asked(steps: Steps) -> None:
    steps.failed().unlink()
    for more, times in ((("--yes",), 2), (("--from", "second"), 3)):
        first = steps.world.run("executions", "list", "-o", "quiet").out.split()[-1]
        screen = steps.world.terminal("run", "--resume", first, *more, cwd=steps.directory)
        screen.expect("Execution completed")
        screen.expect(pexpect.EOF)
        assert screen.wait() == 0
        assert steps.notes["second"] == times


def test_a_completed_one_is_shown_and_one_that_runs_is_followed(steps: Steps) -> None:
    assert steps.run("-o", "quiet", "--input", '{"n": 1}').code == 0
    done = steps.run("--resume", "last")
    assert done.code == 0
    assert "the same as: stigmer executions follow wex-" in done.err
    assert "Execution completed" in done.out
    assert '"first", 1, "second"' in done.out
    held = steps.directory / "second.held"
    held.touch()
    started = steps.run("--no-follow", "-o", "json", "--input", '{"n": 2}')
    [created] = started.named("execution_created")
    running = steps.world.start("run", "--resume", "last", "-o", "json", cwd=steps.directory)
    running.event("task_finished")
    held.unlink()
    followed = running.end()
    assert followed.code == 0
    assert followed.named("execution_created")[0]["execution"] == created["execution"]
    refused = steps.run("--resume", "last", "--input", "1")
    assert refused.code == 2
    assert "is completed: there is nothing to go on with" in refused.err


def test_from_an_earlier_task_and_with_an_input(steps: Steps) -> None:
    steps.failed()
    done = steps.run("--resume", "last", "--input", '{"what": "third"}', "-o", "quiet")
    assert answer(done) == {"all": ["first", 7, "third"]}
    first = steps.world.run("executions", "list", "-o", "quiet").out.split()[-1]
    (steps.directory / "second.broken").unlink()
    assert steps.run("--resume", first, "--from", "rounds[2]/inner", "-o", "quiet").code == 0
    assert steps.notes == {**DONE_ONCE, "round-3": 2, "second": 2, "third": 1}
    never = steps.run("--resume", first, "--from", "last")
    assert never.code == 2
    assert "never reached last: it came as far as second" in never.err
    unknown = steps.run("--resume", first, "--from", "inmer")
    assert unknown.code == 1
    assert "did you mean rounds/inner?" in unknown.err


def test_kill_9_while_the_resumed_one_runs(steps: Steps) -> None:
    steps.failed().unlink()
    held = steps.directory / "second.held"
    held.touch()
    running = steps.world.start("run", "--resume", "last", "-o", "json", cwd=steps.directory)
    created = running.event("execution_created")
    wait_until(lambda: steps.notes["second"] == 2, "the task runs again")
    family = descendants(steps.world.daemon_pid())
    steps.world.kill_daemon()
    wait_until(lambda: not any(map(alive, family)), "the children of the daemon are gone, too")
    held.unlink()
    assert steps.world.run("server", "start").code == 0
    done = running.end()
    assert done.code == 0, done.text
    assert done.events[-1]["execution"] == created["execution"]
    assert done.events[-1]["answer"] == '{"all": ["first", 7, "second"]}'
    assert {name: steps.notes[name] for name in DONE_ONCE} == DONE_ONCE


def test_outside_of_the_project_what_is_deployed_runs(steps: Steps) -> None:
    steps.failed().unlink()
    steps.change('steps.set("last", all=', 'steps.set("ending", of=')
    done = steps.world.run("run", "--resume", "last", "-o", "quiet")
    assert answer(done) == {"all": ["first", 7, "second"]}


def test_an_agent_goes_on_with_its_conversation(steps: Steps) -> None:
    project = steps.world.project(TALKS, name="talk")
    (project / "s.yaml").write_text("- fail: the model broke\n- say: I go on.\n")
    failed = steps.world.run("run", "bob", "-m", "hello", "-o", "json", cwd=project)
    assert failed.code == 1, failed.text
    (project / "s.yaml").write_text("- say: I go on.\n")
    done = steps.world.run("run", "--resume", "last", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    [before], [now] = failed.named("execution_created"), done.named("execution_created")
    assert now["session"] == before["session"] != ""
    assert now["execution"] != before["execution"]
    assert done.named("message_started")[0]["text"] == "continue"
    more = steps.world.run("run", "--resume", "last", "-m", "and then?", "-o", "json", cwd=project)
    assert more.named("execution_created")[0]["session"] == before["session"]


def test_options_that_do_not_fit(steps: Steps) -> None:
    for args, words in {
        ("--from", "x"): "--from works only with --resume",
        ("--values", "{}"): "--values works only with --task",
        ("--yes",): "--yes works only with --resume",
        ("--resume", "last", "--task", "x"): "--resume and --task cannot be used together",
        ("--resume", "last", "--watch"): "with --watch, --task TASK runs one task again",
        ("--resume", "last", "--all"): "--resume and --all cannot be used together",
        ("--resume", "last", "steps"): "--resume last:steps",
        ("--task", "x", "--all"): "--task and --all cannot be used together",
        ("--task", "x", "a", "b"): "--task is for one workflow",
    }.items():
        done = steps.run(*args)
        assert done.code == 2, done.text
        assert words in done.err
