"""A loop whose project is deleted, moved or replaced under it: started inside of it, or from elsewhere."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pexpect
import pytest

from tests.devloop.changes.watched import git
from tests.devloop.loop.programs import says
from tests.support.command import Running
from tests.support.files import exchange, turn
from tests.support.poll import wait_until
from tests.support.world import World

LOOP = ("run", "greet", "--watch", "--ephemeral", "-o", "json", "--no-keys")


def started(world: World, project: Path, how: str, *more: str) -> Running:
    """Once its first run is over."""
    if how == "inside":
        running = world.start(*LOOP, *more, cwd=project, env={"PWD": str(project)})
    else:
        running = world.start(*LOOP, "-C", project.name, *more, cwd=project.parent)
    running.event("watch_ready")
    return running


def answer(running: Running) -> str:
    return str(running.event("run_finished")["answer"])


def ended(running: Running) -> None:
    running.signal(signal.SIGTERM)
    done = running.end()
    assert (done.code, done.err) == (143, "")


@pytest.fixture(params=["inside", "by its path"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_deleted_made_again_and_edited(world: World, how: str) -> None:
    project = world.project(says("one"))
    other = world.project(says("two"), name="other")
    running = started(world, project, how)
    shutil.rmtree(project)
    assert running.event("project_gone")["missing"] == str(project)
    other.rename(project)
    assert running.event("project_back")["replaced"]
    assert "two" in answer(running)
    running.event("watch_ready")
    (project / "main.py").write_text(says("three"))
    assert "three" in answer(running)
    ended(running)


def test_swapped_for_another(world: World, how: str) -> None:
    project = world.project(says("one"))
    other = world.project(says("two"), name="other")
    running = started(world, project, how)
    exchange(project, other)
    assert running.event("project_back")["replaced"]
    assert "two" in answer(running)
    running.event("watch_ready")
    (project / "main.py").write_text(says("three"))
    assert "three" in answer(running)
    ended(running)


def test_a_link_that_turns(world: World, how: str) -> None:
    first, second = (world.project(says(name), name=name) for name in ("first", "second"))
    current = world.dir / "current"
    current.symlink_to(first.name)
    running = started(world, current, how)
    turn(current, Path(second.name))
    assert running.event("project_back")["target"] == str(second)
    assert "second" in answer(running)
    running.event("watch_ready")
    (second / "main.py").write_text(says("third"))
    assert "third" in answer(running)
    ended(running)


def test_a_branch_without_it(world: World, how: str) -> None:
    """What git ignores stays, and so does its directory; and there is a project above."""
    outer = world.project(says("outer"), name="outer")
    git(outer, "init", "-q")
    (outer / ".gitignore").write_text("*.pyc\n")
    git(outer, "add", "-A")
    git(outer, "commit", "-qm", "without")
    git(outer, "switch", "-qc", "with")
    project = world.project(says("one"), name="outer/project")
    (project / "left.pyc").touch()
    git(outer, "add", "-A")
    git(outer, "commit", "-qm", "with")
    running = started(world, project, how) if how == "inside" else started_from(world, outer, "project")
    git(outer, "switch", "-q", "main")
    assert running.event("project_gone")["missing"] == str(project / "Stigmer.yaml")
    git(outer, "switch", "-q", "with")
    running.event("project_back")
    running.event("watch_ready")
    (project / "main.py").write_text(says("two"))
    assert "two" in answer(running)
    names = {each["name"] for each in map(json.loads, running.lines) if each["event"] == "project_found"}
    assert names == {"outer/project"}
    assert len([line for line in running.lines if '"run_started"' in line]) == 2
    ended(running)


def started_from(world: World, directory: Path, name: str) -> Running:
    running = world.start(*LOOP, "-C", name, cwd=directory)
    running.event("watch_ready")
    return running


def test_a_worktree_that_is_removed_and_added_again(world: World, how: str) -> None:
    repository = world.project(says("one"), name="repository")
    git(repository, "init", "-q")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "one")
    git(repository, "branch", "other")
    tree = world.dir / "tree"
    git(repository, "worktree", "add", "-q", str(tree), "other")
    running = started(world, tree, how)
    git(repository, "worktree", "remove", "--force", str(tree))
    assert running.event("project_gone")["missing"] == str(tree)
    git(repository, "worktree", "add", "-q", str(tree), "other")
    running.event("project_back")
    running.event("watch_ready")
    (tree / "main.py").write_text(says("two"))
    assert "two" in answer(running)
    ended(running)


SCRIPTED = """
from stigmer import Agent, Scripted, Workflow
critic = Agent("critic", "You judge greetings in one sentence.", model=Scripted("critic.yaml"))
flow = Workflow("greet")
judged = flow.call_agent("judge", critic, "hello")
flow.set("say", text="VERSION", said=judged.response, env="${ $env }")
"""


def test_relative_paths_mean_where_they_were_typed(world: World) -> None:
    """Of a file with variables, a script of answers, the data directory: when the loop's own directory has
    become another one."""
    project = world.project(SCRIPTED)
    (project / "critic.yaml").write_text('- say: "fine"\n')
    (project / "variables").write_text("A=1\n")
    (world.dir / "deep").mkdir()
    other = world.dir / "deep" / "other"
    typed = ("run", "greet", "--watch", "-o", "json", "--no-keys", "--env-file", "variables")
    running = world.start(*typed, cwd=project, env={"STIGMER_DATA_DIR": "../d", "PWD": str(project)})
    assert "fine" in answer(running)
    running.event("watch_ready")
    shutil.copytree(project, other)
    (other / "variables").write_text("A=2\n")
    (other / "critic.yaml").write_text('- say: "better"\n')
    (other / "main.py").write_text(SCRIPTED.replace("VERSION", "second"))
    world.kill_daemon()
    exchange(project, other)
    running.event("project_back")
    said = answer(running)
    assert "second" in said
    assert "better" in said
    assert '"value": "2"' in said
    assert not (world.dir / "deep" / "d").exists()
    ended(running)


def test_at_a_terminal(world: World) -> None:
    project = world.project(says("one"))
    away = world.dir / "away"
    terminal = world.terminal("run", "greet", "--watch", "--ephemeral", cwd=project)
    terminal.expect("watching 2 files")
    project.rename(away)
    terminal.expect(f"{project} is gone; waiting until it is back")
    terminal.send("r")
    terminal.expect("the run starts when it is back")
    away.rename(project)
    terminal.expect(f"{project} is back")
    terminal.expect("── run 2 · requested")
    terminal.expect("watching 2 files")
    project.rename(away)
    terminal.expect("is gone")
    terminal.send("q")
    terminal.expect("ending: q was pressed")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_it_rests_while_the_project_is_gone(world: World, how: str) -> None:
    project = world.project(says("one"))
    running = started(world, project, how)
    shutil.rmtree(project)
    running.event("project_gone")
    stat = Path(f"/proc/{running.process.pid}/stat")

    def ticks() -> int:
        fields = stat.read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = [ticks()]

    def at_rest() -> bool:
        """A second with hardly any work; the collection of garbage and the like come first."""
        before.append(ticks())
        return len(before) > 100 and before[-1] - before[-100] <= 5

    wait_until(at_rest, "it rests")
    ended(running)
