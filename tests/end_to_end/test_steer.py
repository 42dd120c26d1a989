"""`stigmer watch`: another terminal, an editor or a coding agent steers the loop."""

from __future__ import annotations

import json
import signal
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW, TWO_WORKFLOWS
from tests.support.command import Running
from tests.support.poll import wait_until
from tests.support.world import World


def watching(world: World, project: Path, *more: str) -> Running:
    return world.start("run", "--watch", "-o", "json", *more, cwd=project)


def ended(loop: Running) -> int:
    loop.signal(signal.SIGTERM)
    return loop.end().code


def state(world: World, project: Path, *more: str) -> dict[str, Any]:
    done = world.run("watch", "status", "-o", "json", *more, cwd=project)
    (found,) = [json.loads(line) for line in done.out.splitlines()]
    assert isinstance(found, dict)
    return found


def test_a_coding_agent_edits_and_asks_for_the_run(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    loop = watching(world, project, "--on-change", "manual")
    loop.event("watch_ready")
    (project / "notes.md").write_text("two files")
    (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "good morning"))
    wait_until(lambda: state(world, project)["changed"] == ["main.py", "notes.md"], "both are collected")
    done = world.run("watch", "run", "--wait", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert "greet: succeeded" in done.out
    assert "good morning" in done.out
    assert loop.event("run_started")["changed"] == ["main.py", "notes.md"]

    (project / "main.py").write_text("import stigmer\nprint(missing)\n")
    broken = world.run("watch", "run", "--wait", "-C", str(project))
    assert broken.code == 3
    assert "NameError" in broken.err
    assert world.run("watch", "stop", cwd=project).code == 0
    assert loop.end().code == 0
    assert list((world.data / "loops").iterdir()) == []


def test_pause_resume_cancel_and_what_there_is_to_see(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    loop = watching(world, project)
    opened = loop.event("control_opened")
    assert (opened["gen"], opened["project"]) == (0, str(project))
    path = Path(opened["socket"])
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    loop.event("task_started")
    shown = world.run("watch", "status", "--socket", str(path))
    assert f"slow in {project}" in shown.out
    assert "run 1 runs: wex-" in shown.out
    assert "Paused" in world.run("watch", "pause", cwd=project).out
    loop.event("watch_paused")
    assert "paused already" in world.run("watch", "pause", cwd=project).out
    assert "Resumed" in world.run("watch", "resume", cwd=project).out
    assert "Cancelled" in world.run("watch", "cancel", cwd=project).out
    loop.event("run_finished")
    assert ended(loop) == 143
    gone = world.run("watch", "status", cwd=project)
    assert (gone.code, "stigmer run --watch" in gone.err) == (1, True)


def test_several_loops_are_told_apart(world: World) -> None:
    one = world.project(TWO_WORKFLOWS, name="one")
    other = world.project(ONE_WORKFLOW, name="other")
    loops = [watching(world, one, "greet"), watching(world, one, "part"), watching(world, other)]
    for each in loops:
        each.event("watch_ready")
    assert len(world.run("watch", "status", "-o", "json").out.splitlines()) == 3, "outside of any project"
    assert state(world, other)["targets"] == ["greet"]
    unclear = world.run("watch", "run", cwd=one)
    assert (unclear.code, unclear.err.count("--socket ")) == (2, 2)
    assert world.run("watch", "run", "--wait", "--target", "part", cwd=one).code == 0
    assert loops[1].event("run_started")["run"] == 2
    assert state(world, one, "--target", "greet")["gen"] == 1
    for each in loops:
        ended(each)


@pytest.mark.parametrize(
    "places", [{"STIGMER_DATA_DIR": "long"}, {"STIGMER_DATA_DIR": "long", "TMPDIR": "long"}]
)
def test_the_name_of_a_socket_is_short_enough(world: World, places: dict[str, str]) -> None:
    long = world.dir / ("a-directory-with-a-long-name-" * 4)
    long.mkdir()
    world.extra |= {name: str(long) for name in places}
    project = world.project(ONE_WORKFLOW)
    loop = watching(world, project)
    opened = loop.event("control_opened")
    assert len(opened["socket"]) < 104
    loop.event("watch_ready")
    assert world.run("watch", "run", "--wait", cwd=project).code == 0
    ended(loop)
    assert not Path(opened["socket"]).exists()
    world.run("server", "stop")


def test_what_a_killed_loop_left_is_no_loop(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    killed = watching(world, project)
    path = Path(killed.event("control_opened")["socket"])
    killed.event("watch_ready")
    killed.signal(signal.SIGKILL)
    killed.end()
    assert path.exists()
    assert world.run("watch", "run", cwd=project).code == 1
    assert not path.exists()


def test_what_listens_elsewhere_is_no_loop(world: World) -> None:
    path = world.dir / "s"
    missing = world.run("watch", "run", "--socket", str(path))
    assert (missing.code, f"no watch loop listens at {path}" in missing.err) == (1, True)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        talking = world.start("watch", "run", "--socket", str(path))
        client, _ = other.accept()
        with client:
            client.recv(100)
            client.sendall(b"220 mail.example.com\r\n")
            done = talking.end()
    assert (done.code, "is no watch loop" in done.err) == (1, True)
