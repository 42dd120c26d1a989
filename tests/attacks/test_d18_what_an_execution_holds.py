"""No execution holds, keeps or tells without end; what it held is given back."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.devloop_pb2 import SignalRequest
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.limits import EngineLimits
from stigmerd.executions.limits import RecordLimits, TooMuch
from stigmerd.executions.records import Began, Ended, MessageSet
from stigmerd.workflow import WorkflowLimits
from tests.attacks.daemon import open_daemon
from tests.stigmerd.engine.bench import AT, WebServer, as_json, open_bench
from tests.stigmerd.services.served import OpenWorld, Refused
from tests.support import api as wire
from tests.support.poll import until
from tests.support.tasks import set_task, task, wait_task
from tests.support.world import World

MEBIBYTE = 1 << 20
COMPLETED, FAILED = 3, 4
MUCH = '${ "x" * 1000000 }'
LITTLE = EngineLimits(workflow=WorkflowLimits(value_bytes=MEBIBYTE, held_bytes=4 * MEBIBYTE))


def loop(rounds: int, *inner: Any, name: str = "loop") -> Any:
    return task(name, "FOR", {"each": "n", "in": str(rounds), "do": list(inner)})


def guarded(*inner: Any) -> Any:
    return task("guard", "TRY", {"try": list(inner), "catch": {"as": "e", "do": [set_task("caught", x=1)]}})


async def test_a_loop_over_1500_megabytes_fails_and_gives_back_its_memory(world: World) -> None:
    inner = {"name": "big", "kind": "WORKFLOW_TASK_KIND_SET", "task_config": {"variables": {"v": MUCH}}}
    async with open_daemon(world) as daemon:
        api = daemon.api
        await api.workflow.apply(wire.workflow("Warm"))
        before = daemon.memory
        much = task("loop", "FOR", {"each": "n", "in": "1500", "do": [inner]})
        deployed = await api.workflow.apply(wire.workflow("Much", much))
        created = await api.workflow_execution.create(wire.workflow_execution(deployed.metadata.id))
        ended: WorkflowExecution = await api.follow(created.metadata.id)
        assert ended.status.phase == FAILED
        for word in ("task loop failed", "64 MiB", "of 1500 rounds", "only what is needed"):
            assert word in ended.status.error
        assert daemon.most_memory - before < 400 * MEBIBYTE
        await until(lambda: daemon.memory - before < 32 * MEBIBYTE)


LOOPS_THAT_HOLD = {
    "the results of a loop": [loop(100, set_task("v", x='${ "x" * 100000 }'))],
    "a loop that says the same each time": [loop(100, set_task("v", x="x" * 100_000))],
    "variables": [set_task(f"v{n}", **{f"n{n}": f'${{ "{n}" + "x" * 100000 }}'}) for n in range(80)],
    "exports": [
        task("f", "FOR", {"each": "n", "in": "1", "do": [set_task("z", z=1)]}),
        *(
            task(f"v{n}", "SET", {"variables": {"x": f'${{ "{n}" + "x" * 100000 }}'}}, export="${ .x }")
            for n in range(80)
        ),
    ],
    "numbers": [set_task(f"v{n}", **{f"n{n}": "${ [range(30000)] }"}) for n in range(20)],
    "a text that doubles": [
        set_task("t0", t="0123456789"),
        *(set_task(f"t{n}", t="${ .t }${ .t }") for n in range(1, 40)),
    ],
    "an object that doubles": [
        set_task("t0", t="0123456789"),
        *(set_task(f"t{n}", t={"a": "${ .t }", "b": "${ .t }"}) for n in range(1, 100)),
    ],
    "what branches give": [
        task(
            "fork",
            "FORK",
            {
                "branches": [
                    {"name": f"b{n}", "do": [set_task("v", x=f'${{ "{n}" + "x" * 100000 }}')]}
                    for n in range(40)
                ]
            },
        )
    ],
}


@pytest.mark.parametrize("tasks", LOOPS_THAT_HOLD.values(), ids=LOOPS_THAT_HOLD)
async def test_what_holds_too_much_fails_with_a_sentence_that_no_try_catches(tasks: list[Any]) -> None:
    async with open_bench(limits=LITTLE) as bench:
        ended = await bench.run(guarded(*tasks))
        assert ended.status.phase == FAILED
        assert "MiB" in ended.status.error
        assert not [each for each in ended.status.tasks if each.task_name == "caught"]
        assert bench.executions.live.shared.bytes == 0


async def test_what_is_shared_is_held_once(web: WebServer) -> None:
    """Eighty results of a megabyte together, and it is the same one: nothing to complain of."""
    async with open_bench(limits=LITTLE) as bench:
        variables = [set_task(f"v{n}", **{f"n{n}": "${ .big }"}) for n in range(80)]
        ended = await bench.run(set_task("first", big='${ "x" * 900000 }'), *variables)
        assert ended.status.phase == COMPLETED, ended.status.error


async def test_what_was_let_go_is_not_held() -> None:
    async with open_bench(limits=LITTLE) as bench:
        ended = await bench.run(loop(80, set_task("v", x='${ "x" * 500000 }'), set_task("w", x="small")))
        assert ended.status.phase == COMPLETED, ended.status.error


async def test_the_answers_of_calls_are_kept_up_to_a_limit(web: WebServer) -> None:
    web.answers["/much"] = as_json("x" * 100_000)
    async with open_bench(records=RecordLimits(journal_bytes=MEBIBYTE)) as bench:
        calls = loop(100, web.call("get", "/much"), set_task("little", x=1))
        ended = await bench.run(guarded(calls))
        assert ended.status.phase == FAILED
        assert "the execution keeps too much: " in ended.status.error
        assert "1 MiB" in ended.status.error
        assert web.times["/much"] < 15
        kept = bench.executions.journal(ended.metadata.id)
        assert sum(len(str(kept.get(key))) for key in kept.keys()) < 1.2 * MEBIBYTE  # noqa: SIM118


async def test_what_is_told_of_tasks_has_a_limit() -> None:
    told = guarded(loop(2000, guarded(task("r", "RAISE", {"error": "Bad", "message": "m" * 100_000}))))
    async with open_bench(records=RecordLimits(record_bytes=4 * MEBIBYTE)) as bench:
        ended = await bench.run(told)
        assert ended.status.phase == FAILED
        assert "it reports more than 4 MiB" in ended.status.error
        assert len(bench.said(ended.metadata.id)) < 12 * MEBIBYTE


async def test_what_an_agent_says_has_a_limit_and_its_end_is_told_all_the_same() -> None:
    async with open_bench(records=RecordLimits(record_bytes=MEBIBYTE)) as bench:
        execution_id = bench.agent(parent="", key="", message="go", env={}, secret_env=frozenset())
        executions = bench.executions
        executions.record(execution_id, Began(at=AT))

        def say(index: int, content: str, *, complete: bool = True) -> None:
            said = MessageSet(index=index, role="AI", content=content, complete=complete, at=AT, metadata={})
            executions.record(execution_id, said)

        for end in range(1, 30):  # a text that grows is there once
            say(0, "y" * 20_000 * end, complete=False)
        with pytest.raises(TooMuch, match="1 MiB"):
            for index in range(1, 30):
                say(index, "x" * 100_000)
        executions.record(execution_id, Ended(phase="FAILED", output=None, error="x" * 100_000, at=AT))
        assert executions.get(execution_id).status.phase == FAILED
        assert executions.live.shared.bytes == 0


async def test_signals_that_nobody_takes_are_refused_in_the_end(
    open_world: OpenWorld, refused: Refused
) -> None:
    async with open_world(records=RecordLimits(signals=3)) as world:
        deployed = await world.api.workflow.apply(wire.workflow("Waits", wait_task()))
        created = await world.api.workflow_execution.create(wire.workflow_execution(deployed.metadata.id))
        signal = SignalRequest(execution_id=created.metadata.id, signal_id="go")
        for _ in range(3):
            await world.api.control.signal(signal)
        with refused("RESOURCE_EXHAUSTED", "3 signals"):
            await world.api.control.signal(signal)


async def test_when_all_hold_too_much_nothing_new_is_begun(open_world: OpenWorld, refused: Refused) -> None:
    async with open_world(records=RecordLimits(shared_bytes=MEBIBYTE)) as world:
        deployed = await world.api.workflow.apply(wire.workflow("Waits", wait_task()))
        execution = wire.workflow_execution(deployed.metadata.id, trigger_message="x" * MEBIBYTE)
        created = await world.api.workflow_execution.create(execution)
        with refused("RESOURCE_EXHAUSTED", "1 MiB", "cancel"):
            await world.api.workflow_execution.create(execution)
        await world.api.workflow_execution.delete(wire.resource_id(created.metadata.id))
        assert await world.api.workflow_execution.create(execution)
