"""The value of a switch is the last output of the case that it took."""

from __future__ import annotations

import pytest

from stigmerd.workflow.joins import NOWHERE, joins
from stigmerd.workflow.parse import parse
from tests.stigmerd.workflow.world import PlayedWorld
from tests.support.tasks import set_task, task

Json = dict[str, object]
KEEP = {"as": "${ . }"}


def switch(name: str, *ways: tuple[str, str]) -> Json:
    """Ways: a condition, or nothing for the default, and where it leads."""
    cases = [{"name": aim, "then": aim, **({"when": when} if when else {})} for when, aim in ways]
    return {**task(name, "SWITCH", {"cases": cases}), "export": KEEP}


def route(when: str) -> list[Json]:
    """One case with two tasks, a default with one; both go on to `after`."""
    return [
        switch("route", (when, "one"), ("", "other")),
        set_task("one", first="1"),
        set_task("two", then="after", second="2"),
        set_task("other", then="after", third="3"),
        set_task("after", seen='${ $context["route"] }', same="${ $data.route }"),
    ]


@pytest.mark.parametrize(("when", "value"), [("true", {"second": "2"}), ("false", {"third": "3"})])
async def test_it_is_what_the_last_task_of_the_case_gave(world: PlayedWorld, when: str, value: Json) -> None:
    assert await world.run(*route(when)) == {"seen": value, "same": value}


async def test_a_case_without_tasks_gives_null(world: PlayedWorld) -> None:
    tasks = [
        set_task("before", x="1"),
        switch("route", ("false", "one"), ("", "after")),
        set_task("one", then="after", n="1"),
        set_task("after", seen='${ $context["route"] }'),
    ]
    assert await world.run(*tasks) == {"seen": None}


async def test_a_switch_inside_of_a_case(world: PlayedWorld) -> None:
    tasks = [
        switch("outer", ("true", "inner"), ("", "other")),
        switch("inner", ("false", "a"), ("", "b")),
        set_task("a", then="after", n="a"),
        set_task("b", then="after", n="b"),
        set_task("other", then="after", n="other"),
        set_task("after", seen='${ [$context["inner"].n, $context["outer"].n] }'),
    ]
    assert await world.run(*tasks) == {"seen": ["b", "b"]}


async def test_a_switch_at_the_end_of_a_list_inside(world: PlayedWorld) -> None:
    inner = [
        switch("route", ("true", "one"), ("", "two")),
        set_task("one", then="exit", n="1"),
        set_task("two"),
    ]
    output = await world.run(
        task("guard", "TRY", {"try": inner}), set_task("after", seen='${ $context["route"].n }')
    )
    assert output == {"seen": "1"}


async def test_each_round_of_a_loop_has_its_own(world: PlayedWorld) -> None:
    loop = task("each", "FOR", {"in": "${ [1, 5] }", "do": route("${ .item > 3 }")})
    assert await world.run(loop) == [
        {"seen": {"third": "3"}, "same": {"third": "3"}},
        {"seen": {"second": "2"}, "same": {"second": "2"}},
    ]


async def test_an_export_that_fails_is_the_switchs(world: PlayedWorld) -> None:
    first = {**route("true")[0], "export": {"as": "${ .second.x.y }"}}
    failure = await world.fails(first, *route("true")[1:])
    assert failure.problem.task == "route"


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        ([set_task("a"), set_task("b")], [1, 2]),
        ([set_task("a", then="c"), set_task("b"), set_task("c")], [2, 2, 3]),
        ([set_task("a", then="end"), set_task("b")], [NOWHERE, 2]),
        (
            [switch("s", ("x", "a"), ("", "b")), set_task("a", then="c"), set_task("b"), set_task("c")],
            [3, 3, 3, 4],
        ),
        ([switch("s", ("x", "a"), ("", "b")), set_task("a"), set_task("b")], [2, 2, 3]),
        ([switch("s", ("x", "b")), set_task("a"), set_task("b")], [2, 2, 3]),
        # What fails, or leaves the list, comes to no other place.
        (
            [
                switch("s", ("x", "a"), ("", "b")),
                task("a", "RAISE", {"error": "No"}),
                set_task("b", then="d"),
                set_task("c"),
                set_task("d"),
            ],
            [2, NOWHERE, 4, 4, 5],
        ),
        (
            [
                switch("s", ("x", "a"), ("", "b")),
                {**task("a", "RAISE", {"error": "No"}), "flow": {"then": "c"}},
                set_task("b", then="c"),
                set_task("c"),
            ],
            [3, 3, 3, 4],
        ),
        ([switch("s", ("x", "a"), ("", "end")), set_task("a"), set_task("b")], [1, 2, 3]),
    ],
)
def test_where_the_ways_come_together(tasks: list[Json], found: list[int]) -> None:
    assert joins(parse({"tasks": tasks}).tasks) == found
