"""What apply says about the tasks of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.stigmerd.services.served import Refused
from tests.support.api import Api, workflow
from tests.support.tasks import set_task, task

BAD_HTTP = {"method": "GET", "endpoint": {"uri": "http://x"}, "timeoutSeconds": 301}  # 300 at most
FETCH = task("fetch", "HTTP_CALL", BAD_HTTP)


def loop(*do: Mapping[str, Any], name: str = "loop") -> dict[str, Any]:
    return task(name, "FOR", {"each": "item", "in": "${ [1] }", "do": list(do)})


SWITCHING = task("which", "SWITCH", {"cases": [{"name": "yes", "when": "true", "then": "grete"}]})


@pytest.mark.parametrize(
    ("tasks", "parts"),
    [
        (
            [FETCH],
            ['spec.tasks[0].task_config.timeout_seconds (task "fetch")', "int32.gte_lte"],
        ),
        (
            [set_task(), loop(loop(FETCH, name="inner"))],
            ["spec.tasks[1].task_config.do[0].task_config.do[0].task_config.timeout_seconds"],
        ),
        (
            [
                task(
                    "both",
                    "FORK",
                    {"branches": [{"name": "a", "do": [FETCH]}] * 2},
                )
            ],
            ["spec.tasks[0].task_config.branches[1].do[0].task_config.timeout_seconds"],
        ),
        (
            [
                task(
                    "careful",
                    "TRY",
                    {
                        "try": [set_task()],
                        "catch": {"as": "e", "do": [FETCH]},
                    },
                )
            ],
            ["spec.tasks[0].task_config.catch.do[0].task_config.timeout_seconds"],
        ),
        ([task("set", "SET", {"variabels": {"a": "b"}})], ["spec.tasks[0].task_config", "SET", "variabels"]),
        ([task("set", "SET", {"variables": {"a": 1}})], ["spec.tasks[0].task_config", "SET"]),
        (
            [set_task("a"), set_task("b"), set_task("a")],
            ['spec.tasks[2].name: "a" is taken by spec.tasks[0]'],
        ),
        ([loop(set_task("a"), set_task("a"))], ["spec.tasks[0].task_config.do[1].name"]),
        ([set_task("greet"), SWITCHING], ["cases[0].then", '"grete"', 'did you mean "greet"?']),
        (
            [task("a", "SET", {"variables": {"x": "y"}}, then="nowhere")],
            ["spec.tasks[0].flow.then", '"nowhere"'],
        ),
        ([{"name": "odd", "kind": 77, "taskConfig": {}}], ["spec.tasks[0].task_config", "77"]),
    ],
)
async def test_a_fault_is_refused_with_its_path(
    api: Api, refused: Refused, tasks: list[dict[str, Any]], parts: list[str]
) -> None:
    for call in (api.workflow.apply, api.workflow.create):
        with refused("INVALID_ARGUMENT", "workflow validation failed: ", *parts):
            await call(workflow("Faulty", *tasks))


async def test_all_faults_at_once(api: Api, refused: Refused) -> None:
    tasks = [task(f"fetch {number}", "HTTP_CALL", BAD_HTTP) for number in range(12)]
    with refused("INVALID_ARGUMENT", "fetch 0", "fetch 9", "and 2 more"):
        await api.workflow.apply(workflow("Faulty", *tasks))


async def test_good_ones_are_taken(api: Api) -> None:
    good = workflow(
        "Good",
        set_task("first"),
        loop(set_task("a"), task("b", "SET", {"variables": {"x": "y"}}, then="end")),
        # Listed again at the top, as the Go SDK does, twice because two loops have it.
        set_task("a"),
        loop(set_task("a"), name="second loop"),
        set_task("a"),
        task("fetch", "HTTP_CALL", {**BAD_HTTP, "timeoutSeconds": 30}, then="first"),
    )
    made = await api.workflow.apply(good)
    assert [each.name for each in made.spec.tasks] == ["first", "loop", "a", "second loop", "a", "fetch"]


async def test_a_faulty_update_leaves_the_good_one(api: Api, refused: Refused) -> None:
    made = await api.workflow.apply(workflow())
    with refused("INVALID_ARGUMENT"):
        await api.workflow.apply(workflow("Greeting", FETCH))
    assert await api.workflow.apply(workflow()) == made


async def test_nested_without_end(api: Api, refused: Refused) -> None:
    deep = set_task("deepest")
    for level in range(8):
        deep = loop(deep, name=f"loop {level}")
    assert await api.workflow.apply(workflow("Deep", deep))
    many = [set_task(f"t{number}") for number in range(2001)]
    with refused("INVALID_ARGUMENT", "2000 tasks"):
        await api.workflow.apply(workflow("Long", *many))
