"""Workflows at work: what is recorded, how they end."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from stigmer_api.values import from_struct
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.limits import EngineLimits
from stigmerd.executions.records import Began, TaskBegan, TaskEnded
from stigmerd.expressions import ExpressionLimits
from tests.stigmerd.engine.bench import Agents, Bench, WebServer, as_json, open_bench, tasks_of, workflow_of
from tests.support.poll import until
from tests.support.tasks import listen_task, set_task, task
from tests.support.watching import watched

PHASES = {3: "COMPLETED", 4: "FAILED", 5: "CANCELLED"}


def phase(execution: WorkflowExecution) -> str:
    return PHASES[execution.status.phase]


async def test_a_workflow_runs_to_its_end(bench: Bench, web: WebServer) -> None:
    web.answers["/items"] = as_json([{"id": 1}, {"id": 2}])
    body = [web.call("get", "/item/${ .item.id }")]
    ended = await bench.run(
        web.call("list", "/items", export="${.}"),
        task("loop", "FOR", {"in": "${ $context.list }", "do": body}),
        set_task("pick", last="${ .loop[1].path }"),
    )
    assert phase(ended) == "COMPLETED"
    assert from_struct(ended.status.output) == {"last": "/item/2"}
    assert tasks_of(ended) == dict.fromkeys(
        ["list", "loop", "loop[0]/get", "loop[1]/get", "pick"], "COMPLETED"
    )
    assert ended.status.started_at < ended.status.completed_at
    assert all(each.started_at and each.completed_at for each in ended.status.tasks)


async def test_tasks_that_never_ran_are_skipped(bench: Bench) -> None:
    ended = await bench.run(set_task("a", then="c"), set_task("b"), set_task("c", then="end"), set_task("d"))
    assert tasks_of(ended) == {"a": "COMPLETED", "b": "SKIPPED", "c": "COMPLETED", "d": "SKIPPED"}


async def test_a_failure_has_the_path_of_its_task(bench: Bench) -> None:
    loop = task("loop", "FOR", {"in": "2", "do": [task("boom", "RAISE", {"error": "Bad", "message": "why"})]})
    ended = await bench.run(loop, set_task("after"))
    assert phase(ended) == "FAILED"
    assert ended.status.error == "task loop[0]/boom failed: Bad: why"
    assert tasks_of(ended) == {"loop": "FAILED", "loop[0]/boom": "FAILED", "after": "SKIPPED"}


async def test_a_workflow_that_cannot_be_understood_fails(bench: Bench) -> None:
    ended = await bench.run(task("a", "FOR", {"do": []}))
    assert phase(ended) == "FAILED"
    assert "task a: `in` is missing" in ended.status.error


async def test_the_trigger_is_the_input(bench: Bench) -> None:
    asked = set_task(
        "a", m="${ $input.message }", x="${ $input.x }", k="${ $env.K.value }", v="${.env_vars.K}"
    )
    plain = await bench.run(asked, message="hello", env={"K": "kv"})
    assert from_struct(plain.status.output) == {"m": "hello", "x": None, "k": "kv", "v": "kv"}
    given = await bench.run(asked, message='{"x": [1]}', env={"K": "kv"})
    assert from_struct(given.status.output)["x"] == [1]


async def test_a_bug_in_one_execution_fails_that_one_only(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    good = bench.start(listen_task("w", "go"))
    bad = bench.add(workflow_of(set_task("a")))
    del bench.workflows[bad]
    with caplog.at_level(logging.CRITICAL, "stigmerd.engine.engine"):
        bench.engine.start(bad)
        ended = await bench.ended(bad)
    assert (phase(ended), ended.status.error.split(":")[0]) == ("FAILED", "internal error")
    bench.engine.signal(good, "go", None)
    assert phase(await bench.ended(good)) == "COMPLETED"


async def test_a_signal_that_cannot_be_journalled_is_not_taken(bench: Bench) -> None:
    to = {"mode": "one", "signals": [{"id": "go", "type": "signal"}]}
    execution_id = bench.add(workflow_of(task("w", "LISTEN", {"to": to})))
    bench.executions.signals.add(execution_id, "go", {"n": 1})
    # As if the process were gone between the two.
    bench.store._database.execute(
        "CREATE TEMP TRIGGER broken BEFORE INSERT ON journal WHEN new.key LIKE 'task/w#%'"
        " BEGIN SELECT raise(ABORT, 'broken'); END"
    )
    bench.engine.start(execution_id)
    assert "broken" in (await bench.ended(execution_id)).status.error
    waiting = bench.executions.signals.oldest(execution_id, "go")
    assert waiting is not None
    assert waiting.payload() == {"n": 1}


async def test_agents_that_cannot_be_warmed_stop_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.engine.warm()
    await bench.run(set_task("a"))
    assert bench.agents.warmed

    async def broken() -> None:
        raise ValueError("bug")

    monkeypatch.setattr(bench.agents, "warm", broken)
    with caplog.at_level(logging.CRITICAL, "stigmerd.engine.engine"):
        bench.engine.warm()
        assert phase(await bench.run(set_task("a"))) == "COMPLETED"


async def out_of_space(bench: Bench) -> str:
    """An execution that came upon a full disk."""
    to = {"mode": "one", "signals": [{"id": "go", "type": "signal"}]}
    grow = set_task("grow", text="x" * 5_000)
    execution_id = bench.start(task("w", "LISTEN", {"to": to}), task("l", "FOR", {"in": "50", "do": [grow]}))
    limit_pages(bench, free=20)
    bench.engine.signal(execution_id, "go", None)
    await until(lambda: bench.engine._running[execution_id].full_disk)  # on a full disk there is no event
    assert bench.executions.get(execution_id).status.phase == 2
    return execution_id


def limit_pages(bench: Bench, free: int) -> None:
    connection = bench.store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + free}")  # SQLite's own "disk full"


async def test_on_a_full_disk_an_execution_waits_for_space(tmp_path: Path) -> None:
    async with open_bench(tmp_path / "db") as bench:
        execution_id = await out_of_space(bench)
        limit_pages(bench, free=10_000)
        ended = await bench.ended(execution_id)
    assert phase(ended) == "COMPLETED"
    assert list(tasks_of(ended)) == ["w", "l", *(f"l[{number}]/grow" for number in range(50))]


async def test_what_a_full_disk_breaks_off_has_not_failed(tmp_path: Path, web: WebServer) -> None:
    to = {"mode": "one", "signals": [{"id": "go", "type": "signal"}]}
    web.answers["/big"] = as_json("x" * 300_000)
    branches = [
        {"name": "waits", "do": [task("w", "LISTEN", {"to": to})]},
        {"name": "fetches", "do": [web.call("get", "/big")]},
    ]
    async with open_bench(tmp_path / "db") as bench:
        execution_id = bench.start(task("both", "FORK", {"branches": branches}))
        limit_pages(bench, free=40)  # room for what tasks say, but not for the answer
        await until(lambda: bench.engine._running[execution_id].full_disk)
        limit_pages(bench, free=10_000)
        bench.engine.signal(execution_id, "go", None)
        ended = await bench.ended(execution_id)
    assert phase(ended) == "COMPLETED"
    assert set(tasks_of(ended).values()) == {"COMPLETED"}


async def test_an_expression_that_failed_fails_again_after_a_crash(tmp_path: Path, web: WebServer) -> None:
    """What went the way of the failure goes it again, although the limit would allow the result now."""
    grows = set_task("grows", big='${ "x" * 1000 }')
    config = {"try": [grows, web.call("wrong", "/wrong")], "catch": {"do": [web.call("caught", "/caught")]}}
    definition = workflow_of(task("guard", "TRY", config))
    web.holds.add("/caught")
    strict = EngineLimits(expressions=ExpressionLimits(output_bytes=100))
    async with open_bench(tmp_path / "db", limits=strict) as bench:
        execution_id = bench.add(definition)
        bench.engine.start(execution_id)
        await web.arrived.acquire()
    web.holds.clear()
    async with open_bench(tmp_path / "db") as bench:
        bench.workflows[execution_id] = definition
        bench.engine.recover()
        ended = await bench.ended(execution_id)
    assert phase(ended) == "COMPLETED"
    assert web.times == {"/caught": 2}
    assert tasks_of(ended)["guard/try/grows"] == "FAILED"


async def test_cancelled_on_a_full_disk_it_ends_with_the_next_space(tmp_path: Path) -> None:
    async with open_bench(tmp_path / "db") as bench:
        execution_id = await out_of_space(bench)
        connection = bench.store._database._connection
        connection.execute("PRAGMA query_only = 1")
        assert not await bench.engine.cancel(execution_id, "enough", 0.05)
        connection.execute("PRAGMA query_only = 0")
        limit_pages(bench, free=10_000)
        ended = await bench.ended(execution_id)
    assert (phase(ended), ended.status.error) == ("CANCELLED", "enough")


async def test_signals_reach_those_who_wait_and_those_who_will(bench: Bench) -> None:
    to = {"mode": "all", "signals": [{"id": "a", "type": "signal"}, {"id": "b", "type": "signal"}]}
    execution_id = bench.add(workflow_of(task("l", "LISTEN", {"to": to})))
    assert not bench.engine.signal(execution_id, "a", {"n": 1})
    bench.engine.start(execution_id)
    watching = watched(bench.executions, execution_id)
    async for snapshot in watching:
        if snapshot.status.tasks:
            break
    assert bench.engine.signal(execution_id, "b", 2)
    ended = await bench.ended(execution_id)
    assert from_struct(ended.status.output) == {"a": {"n": 1}, "b": 2}


async def test_hundreds_at_once(bench: Bench) -> None:
    tasks = [set_task(f"t{n}", v="${ $input.n }") for n in range(20)]
    ids = [bench.start(*tasks, message=f'{{"n": {n}}}') for n in range(100)]
    for n, execution_id in enumerate(ids):
        ended = await bench.ended(execution_id)
        assert from_struct(ended.status.output) == {"v": n}
        assert len(ended.status.tasks) == 20
    assert bench.engine.live == 0


async def test_starting_twice_is_starting_once(bench: Bench, web: WebServer) -> None:
    execution_id = bench.start(web.call("a", "/a"))
    bench.engine.start(execution_id)
    await bench.ended(execution_id)
    bench.engine.start(execution_id)
    assert web.times["/a"] == 1


async def test_a_stopped_server_goes_on_where_it_was(tmp_path: Path, web: WebServer) -> None:
    web.holds.add("/slow")
    guard = task(
        "guard", "TRY", {"try": [web.call("bad", "/bad")], "catch": {"do": [set_task("c", e="${.error}")]}}
    )
    web.answers["/bad"] = as_json(None, status=404)
    definition = workflow_of(
        web.call("first", "/first"), guard, web.call("slow", "/slow"), set_task("end", ok="yes")
    )
    async with open_bench(tmp_path / "db") as bench:
        execution_id = bench.add(definition)
        bench.engine.start(execution_id)
        for _ in range(3):
            await web.arrived.acquire()
        before = bench.executions.get(execution_id)
    assert before.status.phase == 2
    web.holds.clear()
    async with open_bench(tmp_path / "db") as bench:
        bench.workflows[execution_id] = definition
        bench.engine.recover()
        ended = await bench.ended(execution_id)
        records = bench.executions.records(execution_id)
    assert phase(ended) == "COMPLETED"
    assert web.times == {"/first": 1, "/bad": 1, "/slow": 2}
    assert [type(each) for each in records].count(Began) == 1
    assert [each.key for each in records if isinstance(each, TaskBegan)].count("slow") == 2
    ends = [each.key for each in records if isinstance(each, TaskEnded)]
    assert sorted(ends) == sorted(set(ends))


async def test_wait_keeps_its_deadline(tmp_path: Path) -> None:
    definition = workflow_of(task("w", "WAIT", {"seconds": 3600}))
    async with open_bench(tmp_path / "db") as bench:
        execution_id = bench.add(definition)
        bench.engine.start(execution_id)
        journal = bench.executions.journal(execution_id)
        await until(lambda: "task/w" in journal.keys())  # noqa: SIM118
        deadline = journal.get("task/w")["until"]
        journal.put("task/w", {"until": deadline - 3600})
    async with open_bench(tmp_path / "db") as bench:
        bench.workflows[execution_id] = definition
        bench.engine.recover()
        assert phase(await bench.ended(execution_id)) == "COMPLETED"


async def test_what_may_differ_the_next_time_is_journalled(tmp_path: Path, web: WebServer) -> None:
    web.holds.add("/slow")
    definition = workflow_of(
        set_task("a", at="${ now }", id="${ uuid }"), web.call("slow", "/slow"), set_task("b", x="${.}")
    )
    async with open_bench(tmp_path / "db") as bench:
        execution_id = bench.add(definition)
        bench.engine.start(execution_id)
        await web.arrived.acquire()
        first = from_struct(bench.executions.get(execution_id).status.tasks[0].output)
    web.holds.clear()
    async with open_bench(tmp_path / "db") as bench:
        bench.workflows[execution_id] = definition
        bench.engine.recover()
        ended = await bench.ended(execution_id)
    seen = from_struct(ended.status.output)["x"]
    assert len(first["id"]) == 36
    assert {name: seen[name] for name in ("at", "id")} == first


async def test_an_agent_at_work_is_taken_up_again_and_not_started_twice(tmp_path: Path) -> None:
    definition = workflow_of(task("ask", "AGENT_CALL", {"agent": "rev", "message": "hello"}))
    async with open_bench(tmp_path / "db") as first:
        execution_id = first.add(definition)
        first.engine.start(execution_id)
        await first.agents.begun.acquire()
    assert first.agents.closed
    agents = Agents()
    agents.replies["hello"] = "hi"
    async with open_bench(tmp_path / "db", agents) as second:
        second.workflows[execution_id], second.launched = definition, first.launched
        second.engine.recover()
        ended = await second.ended(execution_id)
    assert phase(ended) == "COMPLETED"
    assert from_struct(ended.status.output)["text"] == "hi"
    assert agents.started == first.agents.started == list(first.launched.values())


async def test_one_that_is_about_to_be_watched_waits_for_its_subscriber() -> None:
    bench = Bench(None, Agents(), EngineLimits(subscriber_wait_seconds=60))
    async with bench.engine:
        execution_id = bench.add(workflow_of(set_task("a")))
        bench.engine.start(execution_id, watched=True)
        await bench.run(set_task("a"))  # begins later, ends before
        assert not bench.executions.get(execution_id).status.tasks
        async for snapshot in watched(bench.executions, execution_id):
            last = snapshot
        assert phase(last) == "COMPLETED"


async def test_the_quiet_begins_with_the_end_of_the_last_execution(bench: Bench) -> None:
    before = time.monotonic()
    execution_id = bench.start(task("w", "WAIT", {"seconds": 1000}))
    assert bench.engine.quiet_seconds == 0
    await bench.engine.cancel(execution_id, "enough", 5)
    assert bench.engine.live == 0
    assert bench.engine.quiet_seconds <= time.monotonic() - before
