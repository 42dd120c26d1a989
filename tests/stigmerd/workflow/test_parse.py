"""What cannot be run is said with the path of the task."""

from __future__ import annotations

from typing import Any

import pytest

from stigmerd.workflow import BadWorkflow, parse
from tests.support.tasks import set_task, task


def nested(config: Any) -> Any:
    return task("outer", "FOR", {"in": "1", "do": [task("inner", "HTTP_CALL", config)]})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (task("a", "DANCE", {}), "task a: unknown kind 'DANCE'"),
        (nested({"method": "GET"}), "task outer/inner: `uri` is missing"),
        (nested({"method": 5, "endpoint": {"uri": "x"}}), "task outer/inner: `method` must be text"),
        (nested("text"), "task outer/inner: an object is needed"),
        (task("a", "FOR", {"in": "1", "do": []}), "task a: `do` needs at least 1 entry"),
        (task("a", "FOR", {"do": [set_task("s")]}), "task a: `in` is missing"),
        (task("a", "FOR", {"in": "1", "do": [set_task("s"), set_task("s")]}), "two tasks are called 's'"),
        (task("a", "WAIT", {}), "task a: `seconds` must be a number"),
        (task("a", "LISTEN", {"to": {"mode": "any", "signals": []}}), "`to.mode` is `one` or `all`"),
        (task("a", "SWITCH", {"cases": [{"name": "x", "then": "a"}] * 2}), "only one can be the default"),
        ({"kind": "SET"}, "`name` is missing"),
    ],
)
def test_bad_workflows(document: Any, text: str) -> None:
    with pytest.raises(BadWorkflow) as caught:
        parse({"tasks": [document]})
    assert text in str(caught.value)


def test_both_ways_to_write_a_key() -> None:
    snake = {"name": "a", "kind": "WORKFLOW_TASK_KIND_HTTP_CALL"}
    config = {"method": "GET", "endpoint": {"uri": "u"}}
    one = parse({"tasks": [{**snake, "task_config": {**config, "timeout_seconds": 7}}]})
    two = parse({"tasks": [{**snake, "taskConfig": {**config, "timeoutSeconds": 7}}]})
    assert one == two


def test_nesting_has_a_limit() -> None:
    document = set_task("s")
    for _ in range(100):
        document = task("f", "FOR", {"in": "1", "do": [document]})
    with pytest.raises(BadWorkflow, match="deep"):
        parse({"tasks": [document]})
