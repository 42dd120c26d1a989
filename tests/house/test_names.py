"""A class name means one thing in the whole program."""

from __future__ import annotations

from collections import defaultdict

from tests.house.sources import classes

# At most ten, each with its reason. A name that is no longer shared has to leave this list.
SHARED = {
    "Fork": "a FORK in the SDK, and one in the interpreter's model of a workflow",
    "NotForkableError": "on either side of the pipe to a warm process, which share no code",
    "Retries": "of requests to a model in the SDK, and of HTTP calls in the engine",
    "Switch": "a SWITCH in the SDK, and one in the model",
    "Task": "a step in the SDK, and one in the model",
    "TaskNoted": "an event of the store, and one of a run",
    "Try": "a TRY in the SDK, and one in the model",
    "Workflow": "a workflow in the SDK, and one in the model",
}
MOST = 10


def test_no_two_classes_have_one_name() -> None:
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for module, each in classes():
        if not each.name.startswith("_"):
            homes[each.name].add(module)
    assert {name for name, modules in homes.items() if len(modules) > 1} == SHARED.keys()


def test_few_names_are_shared() -> None:
    assert len(SHARED) <= MOST
