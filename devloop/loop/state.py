"""The life of one generation: where it stands, what may happen to it, and what is to be done then."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from runcmd.frozen import Frozen


class Stage(Enum):
    """Where a generation stands."""

    PREPARING = "preparing"  # its program runs, or it waits: for an older run, for the backend
    DEPLOYING = "deploying"
    SUPERSEDING = "superseding"  # all is deployed; the run before it gives way
    RUNNING = "running"
    OVER = "over"


class Why(Enum):
    """Why a generation ends."""

    OUTDATED = "outdated"  # something newer came before it ran
    BROKEN = "broken"  # it cannot be deployed
    NOT_RUN = "not run"  # it is deployed, and makes no difference to what runs
    SUPERSEDED = "superseded"  # its run gave way to a newer one
    FINISHED = "finished"  # its run came to its end
    LOST = "lost"  # its run lost the backend
    STOPPED = "stopped"  # the loop ends


class Happened(Enum):
    """What the others do to a generation, and what its own work comes to."""

    NEWER = "there is a newer generation"
    STOP = "the loop ends"
    CANCEL = "somebody cancels the run"
    SUPERSEDE = "a newer generation is deployed and takes the place"
    READY = "it is prepared, and there is nothing to wait for"
    BROKEN = "it cannot be deployed"
    UNREACHABLE = "the backend does not answer"
    NOT_RUN = "it is deployed, and there is nothing to run"
    DEPLOYED = "it is deployed, and its target is found"
    FREE = "nothing else runs"
    FINISHED = "its run came to its end"
    LOST = "its run lost the backend"
    ENDED = "nothing of it is under way any more"


class LoopAction(Enum):
    """What is to be done."""

    CANCEL = "cancel what is under way"
    DEPLOY = "deploy it"
    RETRY = "wait, and try again"
    SUPERSEDE = "have the run before give way"
    START = "show the header and execute"
    REPORT = "say what came of it"
    FORGET = "whatever comes next makes a difference"


class GenerationState(Frozen):
    """`why` is known from when something ends the generation; it is over once nothing is under way."""

    stage: Stage = Stage.PREPARING
    why: Why | None = None


Row = tuple[Stage, Why | None, tuple[LoopAction, ...]]

# What happens to a generation that is wanted.
WANTED: Mapping[tuple[Stage, Happened], Row] = {
    (Stage.PREPARING, Happened.NEWER): (Stage.PREPARING, Why.OUTDATED, (LoopAction.CANCEL,)),
    (Stage.PREPARING, Happened.STOP): (Stage.PREPARING, Why.STOPPED, (LoopAction.CANCEL,)),
    (Stage.PREPARING, Happened.BROKEN): (Stage.PREPARING, Why.BROKEN, (LoopAction.REPORT,)),
    (Stage.PREPARING, Happened.READY): (Stage.DEPLOYING, None, (LoopAction.DEPLOY,)),
    # A deployment is not cut in two: nobody would know what of it the backend has.
    (Stage.DEPLOYING, Happened.NEWER): (Stage.DEPLOYING, Why.OUTDATED, ()),
    (Stage.DEPLOYING, Happened.STOP): (Stage.DEPLOYING, Why.STOPPED, (LoopAction.CANCEL,)),
    (Stage.DEPLOYING, Happened.BROKEN): (Stage.DEPLOYING, Why.BROKEN, (LoopAction.REPORT,)),
    (Stage.DEPLOYING, Happened.UNREACHABLE): (Stage.PREPARING, None, (LoopAction.RETRY,)),
    (Stage.DEPLOYING, Happened.NOT_RUN): (Stage.DEPLOYING, Why.NOT_RUN, (LoopAction.REPORT,)),
    (Stage.DEPLOYING, Happened.DEPLOYED): (Stage.SUPERSEDING, None, (LoopAction.SUPERSEDE,)),
    (Stage.SUPERSEDING, Happened.NEWER): (Stage.SUPERSEDING, Why.OUTDATED, ()),
    (Stage.SUPERSEDING, Happened.STOP): (Stage.SUPERSEDING, Why.STOPPED, (LoopAction.CANCEL,)),
    (Stage.SUPERSEDING, Happened.BROKEN): (Stage.SUPERSEDING, Why.BROKEN, (LoopAction.REPORT,)),
    (Stage.SUPERSEDING, Happened.UNREACHABLE): (Stage.PREPARING, None, (LoopAction.RETRY,)),
    (Stage.SUPERSEDING, Happened.FREE): (Stage.RUNNING, None, (LoopAction.START,)),
    # What runs goes on until a newer generation is deployed.
    (Stage.RUNNING, Happened.NEWER): (Stage.RUNNING, None, ()),
    (Stage.RUNNING, Happened.STOP): (Stage.RUNNING, Why.STOPPED, (LoopAction.CANCEL,)),
    (Stage.RUNNING, Happened.CANCEL): (Stage.RUNNING, None, (LoopAction.CANCEL,)),
    # From here on nothing runs: even an undone edit must run again.
    (Stage.RUNNING, Happened.SUPERSEDE): (
        Stage.RUNNING,
        Why.SUPERSEDED,
        (LoopAction.CANCEL, LoopAction.FORGET, LoopAction.REPORT),
    ),
    (Stage.RUNNING, Happened.BROKEN): (Stage.RUNNING, Why.BROKEN, (LoopAction.REPORT, LoopAction.FORGET)),
    (Stage.RUNNING, Happened.FINISHED): (Stage.RUNNING, Why.FINISHED, ()),
    (Stage.RUNNING, Happened.LOST): (Stage.RUNNING, Why.LOST, (LoopAction.FORGET,)),
    # Its task is gone, which happens only to a loop that is cancelled as a whole.
    (Stage.PREPARING, Happened.ENDED): (Stage.OVER, Why.STOPPED, ()),
    (Stage.DEPLOYING, Happened.ENDED): (Stage.OVER, Why.STOPPED, ()),
    (Stage.SUPERSEDING, Happened.ENDED): (Stage.OVER, Why.STOPPED, ()),
    (Stage.RUNNING, Happened.ENDED): (Stage.OVER, Why.STOPPED, ()),
}

# What happens to one that has a reason to end: its own work comes to nothing, and the reason stays.
ENDING: Mapping[tuple[Stage, Happened], tuple[Stage, tuple[LoopAction, ...]]] = {
    (Stage.PREPARING, Happened.NEWER): (Stage.PREPARING, ()),
    (Stage.PREPARING, Happened.STOP): (Stage.PREPARING, (LoopAction.CANCEL,)),
    (Stage.PREPARING, Happened.READY): (Stage.PREPARING, ()),
    (Stage.PREPARING, Happened.ENDED): (Stage.OVER, ()),
    (Stage.DEPLOYING, Happened.NEWER): (Stage.DEPLOYING, ()),
    (Stage.DEPLOYING, Happened.STOP): (Stage.DEPLOYING, (LoopAction.CANCEL,)),
    (Stage.DEPLOYING, Happened.BROKEN): (Stage.DEPLOYING, (LoopAction.REPORT,)),
    (Stage.DEPLOYING, Happened.UNREACHABLE): (Stage.DEPLOYING, ()),
    (Stage.DEPLOYING, Happened.NOT_RUN): (Stage.DEPLOYING, (LoopAction.REPORT,)),
    (Stage.DEPLOYING, Happened.DEPLOYED): (Stage.DEPLOYING, ()),
    (Stage.DEPLOYING, Happened.ENDED): (Stage.OVER, ()),
    (Stage.SUPERSEDING, Happened.NEWER): (Stage.SUPERSEDING, ()),
    (Stage.SUPERSEDING, Happened.STOP): (Stage.SUPERSEDING, (LoopAction.CANCEL,)),
    (Stage.SUPERSEDING, Happened.BROKEN): (Stage.SUPERSEDING, (LoopAction.REPORT,)),
    (Stage.SUPERSEDING, Happened.UNREACHABLE): (Stage.SUPERSEDING, ()),
    # The second look: something newer may have come while the run before gave way.
    (Stage.SUPERSEDING, Happened.FREE): (Stage.SUPERSEDING, ()),
    (Stage.SUPERSEDING, Happened.ENDED): (Stage.OVER, ()),
    (Stage.RUNNING, Happened.NEWER): (Stage.RUNNING, ()),
    (Stage.RUNNING, Happened.STOP): (Stage.RUNNING, (LoopAction.CANCEL,)),
    (Stage.RUNNING, Happened.CANCEL): (Stage.RUNNING, (LoopAction.CANCEL,)),
    (Stage.RUNNING, Happened.SUPERSEDE): (Stage.RUNNING, ()),
    (Stage.RUNNING, Happened.BROKEN): (Stage.RUNNING, (LoopAction.REPORT,)),
    (Stage.RUNNING, Happened.FINISHED): (Stage.RUNNING, ()),
    (Stage.RUNNING, Happened.LOST): (Stage.RUNNING, (LoopAction.FORGET,)),
    (Stage.RUNNING, Happened.ENDED): (Stage.OVER, ()),
    (Stage.OVER, Happened.NEWER): (Stage.OVER, ()),
    (Stage.OVER, Happened.STOP): (Stage.OVER, ()),
}


def decide(state: GenerationState, happened: Happened) -> tuple[GenerationState, tuple[LoopAction, ...]]:
    """The state after it, and what is to be done. Raises AssertionError for what cannot happen."""
    key = state.stage, happened
    if state.why is not None and key in ENDING:
        stage, actions = ENDING[key]
        return GenerationState(stage=stage, why=state.why), actions
    if state.why is None and key in WANTED:
        stage, why, actions = WANTED[key]
        return GenerationState(stage=stage, why=why), actions
    raise AssertionError(f"a generation in {state}: {happened} cannot happen")
