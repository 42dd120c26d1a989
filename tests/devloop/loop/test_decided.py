"""A second judge of `decide`: it does not know the table, and sees when a row of it is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devloop.loop.state import GenerationState, Happened, LoopAction, Stage, Why, decide
from runcmd.project import OnChange
from tests.devloop.loop.decided import Decide, MadeUpLoop

SEEDS = 200
BY_ITSELF = [each for each in OnChange if each is not OnChange.MANUAL]

Change = Callable[[GenerationState, tuple[LoopAction, ...]], tuple[GenerationState, tuple[LoopAction, ...]]]


@pytest.mark.parametrize("on_change", BY_ITSELF)
def test_whatever_comes_and_whenever(on_change: OnChange) -> None:
    for seed in range(SEEDS):
        MadeUpLoop(decide, seed, on_change).play()


def without(action: LoopAction) -> Change:
    return lambda state, actions: (state, tuple(each for each in actions if each is not action))


def also(action: LoopAction) -> Change:
    return lambda state, actions: (state, (*actions, action))


def to(stage: Stage, why: Why | None = None, *actions: LoopAction) -> Change:
    return lambda state, _: (GenerationState(stage=stage, why=why), actions)


# (the stage; with a reason to end; what happens): what is made of the right answer
MISTAKES: dict[str, tuple[Stage, bool, Happened, Change]] = {
    "no second look": (Stage.SUPERSEDING, True, Happened.FREE, to(Stage.RUNNING, None, LoopAction.START)),
    "deployed, however old": (
        Stage.DEPLOYING,
        True,
        Happened.DEPLOYED,
        to(Stage.SUPERSEDING, None, LoopAction.SUPERSEDE),
    ),
    "an edit ends what runs": (Stage.RUNNING, False, Happened.NEWER, to(Stage.RUNNING, Why.OUTDATED)),
    "an edit is not noticed while it is deployed": (
        Stage.DEPLOYING,
        False,
        Happened.NEWER,
        to(Stage.DEPLOYING),
    ),
    "what gave way is remembered": (
        Stage.RUNNING,
        False,
        Happened.SUPERSEDE,
        without(LoopAction.FORGET),
    ),
    "what gives way is not cancelled": (
        Stage.RUNNING,
        False,
        Happened.SUPERSEDE,
        without(LoopAction.CANCEL),
    ),
    "the end cancels nothing": (Stage.RUNNING, False, Happened.STOP, without(LoopAction.CANCEL)),
    "a backend that is away is not tried again": (
        Stage.DEPLOYING,
        False,
        Happened.UNREACHABLE,
        without(LoopAction.RETRY),
    ),
    "nothing gives way": (Stage.DEPLOYING, False, Happened.DEPLOYED, without(LoopAction.SUPERSEDE)),
    "what is broken is not said": (Stage.PREPARING, False, Happened.BROKEN, without(LoopAction.REPORT)),
    "what was cancelled starts": (Stage.PREPARING, True, Happened.READY, also(LoopAction.DEPLOY)),
    "it never ends": (Stage.RUNNING, True, Happened.ENDED, to(Stage.RUNNING, Why.FINISHED)),
    "it does not start": (Stage.SUPERSEDING, False, Happened.FREE, without(LoopAction.START)),
}


def mistaken(stage: Stage, ending: bool, what: Happened, change: Change) -> Decide:
    def wrong(state: GenerationState, happened: Happened) -> tuple[GenerationState, tuple[LoopAction, ...]]:
        after, actions = decide(state, happened)
        if (state.stage, state.why is not None, happened) == (stage, ending, what):
            return change(after, actions)
        return after, actions

    return wrong


@pytest.mark.parametrize("mistake", MISTAKES)
def test_it_sees_a_mistake(mistake: str) -> None:
    wrong = mistaken(*MISTAKES[mistake])
    with pytest.raises(AssertionError):
        for seed in range(SEEDS):
            MadeUpLoop(wrong, seed, OnChange.RESTART).play()
