"""What must change, in which order."""

from __future__ import annotations

import pytest

from runcmd.errors import ProjectError
from runcmd.events import Action
from runcmd.plan import levels, plan_changes
from runcmd.resource import KnownResource
from tests.runcmd.declarations import agent, manifest, workflow


def test_new_changed_and_unchanged() -> None:
    wanted = manifest(agent("new"), agent("changed"), agent("same"), workflow("same"))
    same = wanted.resources[2]
    plan = plan_changes(
        wanted,
        [
            KnownResource(key="agent:changed", id="agt-1", hash="other"),
            KnownResource(key="agent:same", id="agt-2", hash=same.hash),
            KnownResource(key="workflow:same", id="wfl-1", hash=""),
            KnownResource(key="agent:foreign", id="agt-3", hash="x"),
        ],
    )
    assert [(step.declared.key, step.action, step.id) for step in plan.steps] == [
        ("agent:new", Action.CREATE, ""),
        ("agent:changed", Action.UPDATE, "agt-1"),
        ("agent:same", Action.UNCHANGED, "agt-2"),
        ("workflow:same", Action.UPDATE, "wfl-1"),
    ]
    assert len(plan.levels) == 1


def test_what_is_needed_comes_first() -> None:
    needs = {"a": ("b", "b", "c"), "b": ("c",), "d": ()}
    assert levels(("a", "b", "c", "d"), needs) == (("c", "d"), ("b",), ("a",))


@pytest.mark.parametrize(
    ("needs", "circle"),
    [
        ({"a": ("a",)}, "a → a"),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, "b → c → b"),
    ],
)
def test_a_circle_is_named(needs: dict[str, tuple[str, ...]], circle: str) -> None:
    with pytest.raises(ProjectError, match=circle):
        levels(("a", "b", "c", "z"), needs)
