"""FORK and TRY."""

from __future__ import annotations

import asyncio
from typing import Any

from stigmerd.workflow.failure import failed
from tests.stigmerd.workflow.world import PlayedWorld, http
from tests.support.tasks import set_task, task


def fork(*branches: tuple[str, list[Any]], compete: bool = False) -> Any:
    config = {"branches": [{"name": name, "do": do} for name, do in branches], "compete": compete}
    return task("both", "FORK", config)


async def test_branches_run_at_once_with_keys_of_their_own(world: PlayedWorld) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    world.answers = {"both/left/x": first, "both/right/x": second}
    running = asyncio.create_task(
        world.run(
            fork(("left", [http("x")]), ("right", [http("x")])), set_task("s", v="${.both.branches.left}")
        )
    )
    for _ in range(2):
        await world.called.acquire()
    second.set()
    first.set()
    assert await running == {"v": "<both/left/x>"}
    assert world.outputs["both"] == {"left": "<both/left/x>", "right": "<both/right/x>"}


async def test_branches_do_not_see_each_others_changes(world: PlayedWorld) -> None:
    output = await world.run(
        set_task("a", x="0"),
        fork(
            ("left", [set_task("l", x="1"), set_task("r", y="${.x}")]), ("right", [set_task("r", y="${.x}")])
        ),
        set_task("b", z="${.x}"),
    )
    assert world.outputs["both"] == {"left": {"y": "1"}, "right": {"y": "0"}}
    assert output == {"z": "0"}


async def test_the_first_failure_cancels_the_others(world: PlayedWorld) -> None:
    world.answers = {"both/left/x": asyncio.Event(), "both/right/x": failed("http", "HTTP 500")}
    failure = await world.fails(fork(("left", [http("x")]), ("right", [http("x")])))
    assert failure.problem.task == "both/right/x"
    assert world.errors["both/left/x"] == "given up because right failed"
    assert world.ends[-1] == ("both", "FAILED")


async def test_the_first_success_wins_a_race(world: PlayedWorld) -> None:
    world.answers = {"both/left/x": asyncio.Event(), "both/bad/x": failed("http", "no"), "both/right/x": 5}
    race = fork(("bad", [http("x")]), ("left", [http("x")]), ("right", [http("x")]), compete=True)
    assert await world.run(race) == {"right": 5}
    assert world.errors["both/left/x"] == "lost the race to right"


async def test_a_race_that_nobody_wins_fails(world: PlayedWorld) -> None:
    world.answers = {f"both/{name}/x": failed("http", name) for name in ("a", "b")}
    failure = await world.fails(fork(("a", [http("x")]), ("b", [http("x")]), compete=True))
    assert failure.problem.title == "a"


async def test_a_replay_runs_only_the_branch_that_decided(world: PlayedWorld) -> None:
    race = fork(("left", [http("x")]), ("right", [http("x")]), compete=True)
    world.answers = {"both/left/x": asyncio.Event()}
    await world.run(race)
    again = PlayedWorld(remembered=world.remembered)
    assert await again.run(race) == {"right": "<both/right/x>"}
    assert [key for key, _, _ in again.calls] == ["both/right/x"]


async def test_end_in_a_branch_ends_the_workflow(world: PlayedWorld) -> None:
    world.answers = {"both/left/x": asyncio.Event()}
    await world.run(fork(("left", [http("x")]), ("right", [set_task("s", then="end")])), set_task("never"))
    assert "never" not in world.begun


async def test_a_cancelled_workflow_cancels_every_branch(world: PlayedWorld) -> None:
    world.answers = {"both/left/x": asyncio.Event(), "both/right/x": asyncio.Event()}
    running = asyncio.create_task(world.run(fork(("left", [http("x")]), ("right", [http("x")]))))
    for _ in range(2):
        await world.called.acquire()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert sorted(world.errors) == ["both", "both/left/x", "both/right/x"]


async def test_catch_sees_the_error_under_both_names(world: PlayedWorld) -> None:
    world.answers = {"guard/try/fetch": failed("http", "HTTP 404", "gone", status=404)}
    handler = {
        "as": "oops",
        "do": [set_task("s", m="${.error.message}", t="${.oops.type}", at="${.error.timestamp}")],
    }
    guard = task("guard", "TRY", {"try": [http("fetch")], "catch": handler})
    output = await world.run(guard, set_task("after", e="${ .error }"))
    assert world.outputs["guard"] == {"m": "gone", "t": "http", "at": "2030-01-01T00:00:00Z"}
    assert output == {"e": None}
    assert world.ends[:2] == [("guard/try/fetch", "FAILED"), ("guard/catch/s", "COMPLETED")]


async def test_without_a_catch_the_failure_goes_on(world: PlayedWorld) -> None:
    world.answers = {"guard/try/fetch": failed("http", "HTTP 404")}
    failure = await world.fails(task("guard", "TRY", {"try": [http("fetch")]}))
    assert failure.problem.task == "guard/try/fetch"


async def test_a_failure_in_the_catch_fails_the_task(world: PlayedWorld) -> None:
    bad = [task("r", "RAISE", {"error": "${ 'Again: ' + .error.type }"})]
    guard = task("guard", "TRY", {"try": [task("q", "RAISE", {"error": "First"})], "catch": {"do": bad}})
    failure = await world.fails(guard)
    assert failure.problem.type == "Again: First"
    assert failure.problem.task == "guard/catch/r"
