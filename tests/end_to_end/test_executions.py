"""`stigmer executions …` with real executions: found, listed, signalled, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.command import Done
from tests.support.world import World, new_world

PROGRAM = """
from stigmer import Workflow

child = Workflow("child", namespace="demo")
child.set("one", {"a": 1})
parent = Workflow("parent", namespace="demo")
parent.run("call", "child")
bad = Workflow("bad", namespace="demo")
bad.raise_("give-up", "https://example.com/errors/no", "not today")
gate = Workflow("gate", namespace="demo")
gate.listen("approval", "approve")
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with new_world() as world:
        project = world.project(PROGRAM)
        for name in ("parent", "bad", "gate"):
            world.run("run", name, "--no-follow", cwd=project)
            if name != "gate":
                world.run("executions", "follow", "last")
        yield world


def executions(world: World, *args: str) -> Done:
    return world.run("executions", *args)


def targets(done: Done) -> list[str]:
    assert done.code == 0, done.text
    return [each["target"] for each in done.events]


def test_the_list_and_its_filters(shared: World) -> None:
    def listed(*args: str) -> list[str]:
        return targets(executions(shared, "list", "-o", "json", *args))

    assert listed() == ["gate", "bad", "parent"]
    assert listed("--nested") == ["gate", "bad", "parent", "child"]
    assert listed("--status", "failed") == ["bad"]
    assert listed("--status", "running,failed") == ["gate", "bad"]
    assert listed("--name", "CHIL") == ["child"]
    assert listed("--text", "not today") == ["bad"]
    assert listed("--since", "1h", "--all") == ["gate", "bad", "parent"]
    assert listed("--since", "2999-01-01") == []
    assert listed("-n", "1") == ["gate"]


def test_people_see_what_is_folded(shared: World) -> None:
    done = executions(shared, "list")
    assert "└ 1 nested" in done.out
    terminal = shared.terminal("executions", "list", "--nested", "-n", "2", columns=80)
    shown = terminal.read()
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "There are older ones" in shown


def test_wrong_input(shared: World) -> None:
    for args, said in (
        (("list", "--status", "runing"), "did you mean running?"),
        (("list", "--since", "soon"), '--since: "soon" is neither a duration nor a day'),
        (("cancel",), "give the executions to cancel, or --all"),
        (("cancel", "--all", "last"), "give the executions to cancel, or --all"),
        (("cancel", "--all"), "there is no terminal to ask on"),
        (("signal", "last:gate", "approve", "--data", "{yes"), "--data is not JSON"),
    ):
        done = executions(shared, *args)
        assert (done.code, said in done.err) == (2, True), done.text


def test_an_id_by_its_beginning(shared: World) -> None:
    bad = executions(shared, "list", "--name", "bad", "-o", "quiet").out.strip()
    several = executions(shared, "show", "wex-0")
    assert several.code == 1
    assert "4 executions have an id that begins with" in several.err
    assert bad in several.err
    assert bad in executions(shared, "show", bad[:-1]).out
    assert bad in executions(shared, "show", "last:bad").out
    none = executions(shared, "show", "bad")
    assert "last:bad" in none.err


def test_a_signal_with_data(world: World) -> None:
    world.run("run", "gate", "--no-follow", cwd=world.project(PROGRAM))
    sent = executions(world, "signal", "last", "approve", "--data", '{"by": "me"}')
    assert (sent.code, "sent approve to wex-" in sent.out) == (0, True)
    done = executions(world, "follow", "last", "-o", "quiet")
    assert (done.code, "me" in done.out) == (0, True), done.text


def test_several_are_cancelled_and_deleted(world: World) -> None:
    project = world.project(PROGRAM)
    for _ in range(3):
        world.run("run", "gate", "--no-follow", cwd=project)
    newest, *_, oldest = executions(world, "list", "-o", "quiet").out.split()
    done = executions(world, "cancel", newest, oldest)
    assert done.code == 0
    assert sorted(done.out.splitlines()) == sorted(f"cancelled {each}" for each in (newest, oldest))
    terminal = world.terminal("executions", "cancel", "--all")
    terminal.expect_exact("Cancel this execution? [y/N] ")
    terminal.sendline("n")
    assert "nothing was cancelled" in terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 1
    assert executions(world, "cancel", "--all", "--yes").out.count("cancelled wex-") == 1
    assert executions(world, "cancel", "--all").out == "nothing is running\n"
    wrong = executions(world, "delete", newest, "wex-00000000000000000000000000")
    assert wrong.code == 1
    assert executions(world, "delete", newest, oldest).out == f"deleted {newest}\ndeleted {oldest}\n"
    assert len(executions(world, "list", "-o", "quiet").out.split()) == 1


def test_ctrl_c_at_the_question(world: World) -> None:
    world.run("run", "gate", "--no-follow", cwd=world.project(PROGRAM))
    terminal = world.terminal("executions", "cancel", "--all")
    terminal.expect_exact("[y/N] ")
    terminal.sendintr()
    assert "nothing was cancelled" in terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 130
