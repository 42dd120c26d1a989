"""An execution as a tree of steps."""

from __future__ import annotations

import pytest

from runcmd.errors import TargetError
from runcmd.events import Phase, TargetKind, Usage
from runcmd.inspection import InspectedExecution, InspectedStep, step_of, tree


def step(path: str, *executions: InspectedExecution) -> InspectedStep:
    return InspectedStep(
        path=path,
        name=path.rpartition("/")[2],
        kind="set",
        state="completed",
        started_at="",
        seconds=None,
        input="",
        output="",
        error="",
        executions=executions,
    )


def execution(*steps: InspectedStep) -> InspectedExecution:
    return InspectedExecution(
        execution="wex-1",
        kind=TargetKind.WORKFLOW,
        name="w",
        phase=Phase.COMPLETED,
        started_at="",
        seconds=None,
        input="",
        output="",
        error="",
        usage=Usage(),
        waits=(),
        turns=(),
        messages=(),
        steps=steps,
    )


def shape(steps: tuple[InspectedStep, ...]) -> dict[str, object]:
    return {each.path: shape(each.steps) for each in steps}


def test_tasks_stand_below_the_block_that_they_are_in() -> None:
    paths = ("each", "each[0]/price", "each[0]/fork", "each[0]/fork/a/x", "each[1]/price", "eachother", "a/b")
    assert shape(tree({path: step(path) for path in paths})) == {
        "each": {"each[0]/price": {}, "each[0]/fork": {"each[0]/fork/a/x": {}}, "each[1]/price": {}},
        "eachother": {},
        "a/b": {},
    }


def test_a_step_is_found_by_path_and_name_however_deep() -> None:
    asked = step("each[0]/ask")
    whole = execution(
        *tree({path: step(path) for path in ("each", "each[0]/price")}), step("child", execution(asked))
    )
    assert step_of(whole, "each[0]/price").path == "each[0]/price"
    assert step_of(whole, "price").path == "each[0]/price"
    assert step_of(whole, "child/each[0]/ask") is asked
    with pytest.raises(TargetError, match="wex-1 has no task child/nope") as error:
        step_of(whole, "child/nope")
    assert error.value.hint == "it has each, each[0]/price, child"
