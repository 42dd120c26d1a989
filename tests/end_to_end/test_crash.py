"""kill -9 of the backend at any moment: every execution ends, nothing is lost, nothing done is done twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.end_to_end.programs import SLOW_AGENT, http_steps
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.snapshots import COMPLETED, FAILED, TASK_COMPLETED, ended, snapshot
from tests.support.world import World

STEPS = 6
STEP_SECONDS = 0.02
POINTS = 20


class Counting:
    """A server that counts what it was asked for, and can wait until it was."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.news = threading.Condition()
        counting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with counting.news:
                    counting.asked[self.path] += 1
                    counting.news.notify_all()
                time.sleep(STEP_SECONDS)  # sleeps: a server takes its time
                body = b'{"ok": true}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def wait_for(self, total: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: self.asked.total() >= total, 60), self.asked


@contextmanager
def counting() -> Iterator[Counting]:
    counter = Counting()
    thread = threading.Thread(target=counter.server.serve_forever)
    thread.start()
    try:
        yield counter
    finally:
        counter.server.shutdown()
        thread.join()
        counter.server.server_close()


@pytest.mark.parametrize("point", range(POINTS))
def test_a_workflow_goes_on_after_kill_9(shared: World, point: int) -> None:
    chance = random.Random(point)
    with counting() as server:
        project = shared.project(http_steps(server.url, STEPS))
        started = shared.run("run", "steps", "--no-follow", "-o", "json", cwd=project)
        execution = started.named("execution_created")[0]["execution"]
        server.wait_for(chance.randrange(STEPS))
        time.sleep(chance.uniform(0, 1.5 * STEP_SECONDS))  # sleeps: the random moment
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
    with counting() as server:
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
