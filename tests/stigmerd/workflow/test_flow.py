"""In which order tasks run, and what an execution gives."""

from __future__ import annotations

from stigmerd.workflow import WorkflowLimits, parse
from tests.stigmerd.workflow.world import PlayedWorld, http
from tests.support.tasks import set_task, task


async def test_tasks_run_in_order_and_the_last_output_is_the_workflows(world: PlayedWorld) -> None:
    world.answers["fetch"] = {"title": "hello"}
    output = await world.run(http("fetch"), set_task("pick", title="${ $data.fetch.title }"))
    assert output == {"title": "hello"}
    assert world.ends == [("fetch", "COMPLETED"), ("pick", "COMPLETED")]


async def test_then_jumps_forward(world: PlayedWorld) -> None:
    await world.run(set_task("a", then="c"), set_task("b"), set_task("c"))
    assert world.begun == ["a", "c"]


async def test_a_jump_back_or_into_nothing_fails_the_task(world: PlayedWorld) -> None:
    for aim in ("a", "nowhere"):
        failure = await world.fails(set_task("a"), set_task("b", then=aim), set_task("c"))
        assert failure.problem.task == "b"
        assert aim in failure.problem.title
        assert "c" in failure.problem.detail


async def test_end_ends_the_workflow_from_inside_of_a_loop(world: PlayedWorld) -> None:
    loop = task("loop", "FOR", {"each": "n", "in": "3", "do": [set_task("one", then="end", n="${.n}")]})
    output = await world.run(loop, set_task("never"))
    assert world.begun == ["loop", "loop[0]/one"]
    assert output == [{"n": 0}]


async def test_exit_ends_only_the_current_list(world: PlayedWorld) -> None:
    inner = [set_task("one", then="exit"), set_task("two")]
    await world.run(task("loop", "FOR", {"in": "2", "do": inner}), set_task("after"))
    assert world.begun == ["loop", "loop[0]/one", "loop[1]/one", "after"]


async def test_switch_takes_the_first_true_case_else_the_default(world: PlayedWorld) -> None:
    cases = [
        {"name": "other", "then": "low"},
        {"name": "open", "when": '${ $data.status } == "open"', "then": "high"},
        {"name": "also", "when": "true", "then": "low"},
    ]
    switch = task("switch", "SWITCH", {"cases": cases})
    await world.run(set_task("a", status="open"), switch, set_task("low", then="end"), set_task("high"))
    assert world.begun == ["a", "switch", "high"]
    assert world.outputs["switch"] == {"case": "open", "then": "high"}


async def test_switch_conditions_are_true_for_true_and_one(world: PlayedWorld) -> None:
    for status, way in (("true", "yes"), ("TRUE", "yes"), ("1", "yes"), ("no", "no"), ("", "no")):
        other = PlayedWorld()
        cases = [{"name": "t", "when": "${ .s }", "then": "yes"}, {"name": "f", "then": "no"}]
        await other.run(
            set_task("a", s=status),
            task("switch", "SWITCH", {"cases": cases}),
            set_task("yes", then="end"),
            set_task("no"),
        )
        assert other.begun[-1] == way, status


async def test_a_condition_that_is_neither_fails(world: PlayedWorld) -> None:
    cases = [{"name": "t", "when": "${ [1] }", "then": "end"}]
    failure = await world.fails(task("switch", "SWITCH", {"cases": cases}))
    assert "true or false" in failure.problem.title


async def test_a_switch_leaves_the_output_as_it_was(world: PlayedWorld) -> None:
    cases = [{"name": "t", "when": "true", "then": "continue"}]
    assert await world.run(set_task("a", x="1"), task("s", "SWITCH", {"cases": cases})) == {"x": "1"}


async def test_wait_sleeps_under_its_key(world: PlayedWorld) -> None:
    await world.run(task("w", "WAIT", {"seconds": 3}), task("v", "WAIT", {"seconds": "${ 1 + 1 }"}))
    assert world.slept == [("w", 3), ("v", 2)]


async def test_listen_gives_the_payloads(world: PlayedWorld) -> None:
    world.signals = {"go": {"by": "me"}, "stop": None}
    to = {"mode": "all", "signals": [{"id": "go", "type": "signal"}, {"id": "stop", "type": "signal"}]}
    assert await world.run(task("l", "LISTEN", {"to": to})) == {"go": {"by": "me"}, "stop": None}


async def test_raise_fails_with_its_error(world: PlayedWorld) -> None:
    failure = await world.fails(task("r", "RAISE", {"error": "Bad", "message": "no ${ 1 + 1 }"}))
    assert (failure.problem.type, failure.problem.detail, failure.problem.task) == ("Bad", "no 2", "r")


async def test_a_failure_names_the_path_of_the_task(world: PlayedWorld) -> None:
    loop = task("loop", "FOR", {"in": "2", "do": [task("boom", "RAISE", {"error": "Bad"})]})
    failure = await world.fails(loop)
    assert failure.problem.task == "loop[0]/boom"
    assert world.ends == [("loop[0]/boom", "FAILED"), ("loop", "FAILED")]
    assert world.errors["loop"].startswith("loop[0]/boom: ")


async def test_the_number_of_tasks_is_limited_and_no_try_hides_that(world: PlayedWorld) -> None:
    loop = task("loop", "FOR", {"in": "100", "do": [set_task("x")]})
    guard = task("guard", "TRY", {"try": [loop], "catch": {"do": [set_task("y")]}})
    failure = await world.fails(guard, limits=WorkflowLimits(tasks=10))
    assert failure.problem.type == "limit"
    failure = await world.fails(
        guard, limits=WorkflowLimits(loop=99)
    )  # there would be tasks left to catch it
    assert "99" in failure.problem.title
    assert "guard/catch/y" not in world.begun
    huge = task("loop", "FOR", {"in": "1e15", "do": [set_task("x")]})
    assert (await world.fails(huge)).problem.type == "limit"


async def test_a_task_that_is_listed_at_top_level_too_runs_once_in_its_place(world: PlayedWorld) -> None:
    inner = http("fetch")
    copy = http("fetch", export="${.}")
    await world.run(copy, task("loop", "FOR", {"in": "1", "do": [inner]}), set_task("last"))
    assert world.begun == ["loop", "loop[0]/fetch", "last"]


async def test_a_task_of_the_same_name_that_does_something_else_stays() -> None:
    workflow = parse(
        {"tasks": [http("fetch", "http://other"), task("loop", "FOR", {"in": "1", "do": [http("fetch")]})]}
    )
    assert [each.name for each in workflow.tasks] == ["fetch", "loop"]
