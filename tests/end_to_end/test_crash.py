"""kill -9 of the backend at any moment: every execution ends, nothing is lost, nothing done is done twice."""

from __future__ import annotations

import random
import time

import pytest

from tests.end_to_end.programs import SLOW_AGENT, http_steps
from tests.support.effects import ANSWER_SECONDS, counted_effects
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.snapshots import COMPLETED, FAILED, TASK_COMPLETED, ended, snapshot
from tests.support.world import World

STEPS = 6
POINTS = 20


@pytest.mark.parametrize("point", range(POINTS))
def test_a_workflow_goes_on_after_kill_9(shared: World, point: int) -> None:
    chance = random.Random(point)
    with counted_effects() as server:
        project = shared.project(http_steps(server.url, STEPS))
        started = shared.run("run", "steps", "--no-follow", "-o", "json", cwd=project)
        execution = started.named("execution_created")[0]["execution"]
        server.wait_for(chance.randrange(STEPS))
        time.sleep(chance.uniform(0, 1.5 * ANSWER_SECONDS))  # sleeps: the random moment
        before = snapshot(shared, execution)
        family = descendants(shared.daemon_pid())
        shared.kill_daemon()
        wait_until(lambda: not any(map(alive, family)), "the children of the daemon are gone, too")
        assert shared.run("server", "start").code == 0
        after = ended(shared, execution)

    assert after.status.phase in (COMPLETED, FAILED)
    assert after.status.phase == COMPLETED or after.status.error
    recorded = {task.task_name for task in before.status.tasks if task.status == TASK_COMPLETED}
    assert {f"/{name}" for name in recorded} <= {path for path, times in server.asked.items() if times == 1}
    assert sum(times - 1 for times in server.asked.values()) <= 1, "only what was in flight is asked again"
    if after.status.phase == COMPLETED:
        assert set(server.asked) == {f"/step{i}" for i in range(STEPS)}
        assert [task.status for task in after.status.tasks] == [TASK_COMPLETED] * STEPS


def test_an_agent_at_work_is_finished_or_failed_with_a_reason(shared: World) -> None:
    project = shared.project(SLOW_AGENT, name="agent")
    (project / "script.yaml").write_text("- delay: 2\n  say: There you are.\n")
    running = shared.start("run", "slow-agent", "-o", "json", cwd=project)
    running.event("execution_created")
    running.event("message_started")
    family = descendants(shared.daemon_pid())
    assert len(family) > 1, "the agent has a process of its own"
    shared.kill_daemon()
    wait_until(lambda: not any(map(alive, family)), "the agent's process is gone, too")
    assert shared.run("server", "start").code == 0
    done = running.end()
    end = done.events[-1]
    assert end["event"] == "run_finished"
    assert end["outcome"] == "succeeded" or end["error"], end
    assert end["outcome"] in ("succeeded", "failed"), end


def test_what_follows_a_run_finds_the_new_backend_and_sees_the_end(shared: World) -> None:
    with counted_effects() as server:
        project = shared.project(http_steps(server.url, STEPS))
        running = shared.start("run", "steps", "-o", "json", cwd=project)
        running.event("task_finished")
        shared.kill_daemon()
        assert shared.run("server", "start").code == 0
        done = running.end()
    assert done.code == 0, done.text
    finished = [event["task"] for event in done.named("task_finished")]
    assert finished == [f"step{i}" for i in range(STEPS)], "each once, in order"
    assert done.named("reconnecting")
