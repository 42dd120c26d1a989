"""A cancelled execution stops all that it started."""

from __future__ import annotations

from tests.stigmerd.engine.bench import Bench, WebServer, tasks_of, workflow_of
from tests.support.tasks import set_task, task
from tests.support.watching import watched


async def test_branches_stop_and_are_told(bench: Bench, web: WebServer) -> None:
    web.holds.update({"/a", "/b"})
    branches = [{"name": name, "do": [web.call("x", f"/{name}")]} for name in "ab"]
    execution_id = bench.start(task("both", "FORK", {"branches": branches}), set_task("after"))
    await web.arrived.acquire()
    await web.arrived.acquire()
    assert await bench.engine.cancel(execution_id, "enough", 5)
    ended = await bench.ended(execution_id)
    assert (ended.status.phase, ended.status.error) == (5, "enough")
    assert tasks_of(ended) == {
        "both": "SKIPPED",
        "both/a/x": "SKIPPED",
        "both/b/x": "SKIPPED",
        "after": "SKIPPED",
    }
    assert {each.metadata["cancelled"] for each in ended.status.tasks[:3]} == {"cancelled"}
    assert bench.engine.live == 0


async def test_an_agent_and_a_child_workflow_stop_first(bench: Bench) -> None:
    bench.by_slug["child"] = workflow_of(task("ask", "AGENT_CALL", {"agent": "rev", "message": "never"}))
    execution_id = bench.start(task("run", "RUN", {"workflow": "child"}))
    await bench.agents.begun.acquire()
    order = []
    record = bench.executions.record

    def noting(execution_id: str, *records: object) -> None:
        order.extend([execution_id[:3] for each in records if type(each).__name__ == "Ended"])
        record(execution_id, *records)  # type: ignore[arg-type]

    bench.executions.record = noting  # type: ignore[method-assign]
    assert await bench.engine.cancel(execution_id, "enough", 5)
    assert order == ["aex", "wex", "wex"]
    assert bench.agents.stopped == bench.agents.started
    child = bench.launched[execution_id, "run"]
    assert bench.executions.get(child).status.phase == 5
    assert bench.executions.get(bench.agents.started[0]).status.phase == 5


async def test_the_loser_of_a_race_stops_its_agent(bench: Bench) -> None:
    slow = {"name": "slow", "do": [task("ask", "AGENT_CALL", {"agent": "rev", "message": "never"})]}
    listen = {"to": {"mode": "one", "signals": [{"id": "go", "type": "signal"}]}}
    quick = {"name": "quick", "do": [task("go", "LISTEN", listen)]}
    execution_id = bench.start(task("race", "FORK", {"branches": [slow, quick], "compete": True}))
    await bench.agents.begun.acquire()
    bench.engine.signal(execution_id, "go", 1)
    ended = await bench.ended(execution_id)
    assert ended.status.phase == 3
    assert tasks_of(ended)["race/slow/ask"] == "SKIPPED"  # the contract has no state for it
    lost = next(each for each in ended.status.tasks if each.task_id == "race/slow/ask")
    assert (lost.error, lost.metadata["cancelled"]) == ("", "lost the race to quick")
    assert bench.executions.get(bench.agents.started[0]).status.phase == 5


async def test_cancelling_what_has_ended_or_never_started(bench: Bench) -> None:
    ended = await bench.run(set_task("a"))
    assert await bench.engine.cancel(ended.metadata.id, "late", 1)
    assert bench.executions.get(ended.metadata.id).status.phase == 3
    waiting = bench.add(workflow_of(set_task("a")))
    assert await bench.engine.cancel(waiting, "never mind", 1)
    assert bench.executions.get(waiting).status.phase == 5


async def test_one_that_was_just_started_can_be_cancelled(bench: Bench) -> None:
    execution_id = bench.start(set_task("a"))
    assert await bench.engine.cancel(execution_id, "at once", 1)
    assert bench.executions.get(execution_id).status.phase == 5
    assert bench.engine.live == 0


async def test_an_endless_expression_is_cancelled_too(bench: Bench) -> None:
    execution_id = bench.start(set_task("a"), set_task("b", v="${ last(range(1e12)) }"))
    async for snapshot in watched(bench.executions, execution_id):
        if snapshot.status.tasks:
            break
    assert await bench.engine.cancel(execution_id, "enough", 5)
    assert bench.executions.get(execution_id).status.phase == 5


async def test_a_loop_that_never_waits_leaves_the_others_their_turn(bench: Bench) -> None:
    loop = task("loop", "FOR", {"in": "9000", "do": [set_task("s", x="1")]})
    execution_id = bench.start(loop)
    ended = await bench.run(set_task("quick"))
    assert ended.status.phase == 3
    assert await bench.engine.cancel(execution_id, "enough", 5)
    assert bench.executions.get(execution_id).status.phase == 5
