"""One backend for each data directory, however many commands there are."""

from __future__ import annotations

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.world import World


def test_a_second_run_starts_no_second_backend(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    first = world.run("run", "-o", "json", cwd=project)
    pid = world.daemon_pid()
    second = world.run("run", "-o", "json", cwd=project)
    assert (first.code, second.code) == (0, 0)
    assert [event["started"] for event in first.named("backend_connected")] == [True]
    assert [event["started"] for event in second.named("backend_connected")] == [False]
    assert world.daemon_pid() == pid


def test_four_first_runs_at_once_end_with_one(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    runs = [world.start("run", "-o", "json", cwd=project) for _ in range(4)]
    done = [run.end() for run in runs]
    assert [each.code for each in done] == [0] * 4, [each.err for each in done]
    assert sum(event["started"] for each in done for event in each.named("backend_connected")) == 1
    assert world.daemon_pid()
    world.nothing_is_left()


def test_what_was_deployed_is_there_after_a_restart_of_the_backend(world: World) -> None:
    assert world.run("apply", cwd=world.project(ONE_WORKFLOW)).code == 0
    assert world.run("server", "stop").code == 0
    assert world.daemon_pid() is None
    done = world.run("run", "greet", "-o", "quiet")
    assert done.code == 0, done.text
    assert "hello" in done.out
