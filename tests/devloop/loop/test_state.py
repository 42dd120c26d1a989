"""The table in docs/design/loop.md is what `decide` does: each state, and each thing that may happen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from devloop.loop.state import GenerationState, Happened, LoopAction, Stage, Why, decide
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "design" / "loop.md"
IMPOSSIBLE = "–"

STATES = [
    GenerationState(stage=stage, why=why)
    for stage, why in product(Stage, (None, *Why))
    if not (stage is Stage.OVER and why is None)
]


def cells() -> Iterator[tuple[tuple[str, str], str]]:
    """((the stage, and "!" with a reason to end; what happens), the cell)."""
    columns: list[str] = []
    for line in PAGE.read_text().splitlines():
        first, *rest = [each.strip() for each in line.strip("|").split("|")]
        if first == "what happens":
            columns = rest
        elif line.startswith("|") and columns and not first.startswith("-"):
            yield from (((column, first), cell) for column, cell in zip(columns, rest, strict=True))
        elif not line:
            columns = []


TABLE = dict(cells())


def listed(state: GenerationState, happened: Happened) -> str:
    """Raises KeyError for a pair that the table leaves out."""
    ending = state.why is not None and state.stage is not Stage.OVER
    column = f"{state.stage.value} !" if ending else state.stage.value
    return TABLE[column, happened.name.lower().replace("_", " ")]


def read(cell: str, state: GenerationState) -> tuple[GenerationState, tuple[LoopAction, ...]]:
    """What a cell says: `→ stage`, `ends: why`, `stays`, and actions in bold."""
    stage, why = state.stage, state.why
    actions: list[LoopAction] = []
    for word in cell.split(", "):
        if word.startswith("→ "):
            stage = Stage(word[2:])
        elif word.startswith("ends: "):
            why = Why(word[6:])
        elif word.startswith("**"):
            actions.append(LoopAction[word.strip("*").upper()])
        else:
            assert word == "stays"
    return GenerationState(stage=stage, why=why), tuple(actions)


@pytest.mark.parametrize("happened", Happened, ids=lambda each: each.name.lower())
def test_each_state_and_each_thing_that_happens(happened: Happened) -> None:
    for state in STATES:
        cell = listed(state, happened)
        if cell == IMPOSSIBLE:
            with pytest.raises(AssertionError, match="cannot happen"):
                decide(state, happened)
        else:
            assert decide(state, happened) == read(cell, state), (state, happened)


def test_the_table_lists_nothing_else() -> None:
    assert len(TABLE) == (2 * len(Stage) - 1) * len(Happened)


def test_the_first_reason_to_end_stays() -> None:
    for state, happened in product(STATES, Happened):
        if state.why is not None and listed(state, happened) != IMPOSSIBLE:
            assert decide(state, happened)[0].why is state.why


def test_nothing_starts_that_has_a_reason_to_end() -> None:
    for state, happened in product(STATES, Happened):
        if state.why is not None and listed(state, happened) != IMPOSSIBLE:
            forbidden = {LoopAction.DEPLOY, LoopAction.RETRY, LoopAction.SUPERSEDE, LoopAction.START}
            assert forbidden.isdisjoint(decide(state, happened)[1]), (state, happened)
