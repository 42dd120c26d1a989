"""What the backend says about the executions of a soak, and what must hold for them.

Each that was told is there, none is there that was not told, none goes on. Each got the variables of a moment
in the window of its run, also where the run was stopped before it could say which. No two were at work at the
same time: one that was lost sight of was ended before the next one began. An execution that nobody was told
of is let pass if it was made at the moment of a loss: the backend's answer was lost with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import grpc

from stigmer_api import workflowexecution_pb2 as wire
from stigmer_api import workflowexecution_pb2_grpc as services
from tests.soak.losses import GLANCE_SECONDS
from tests.soak.model import Judge
from tests.soak.variables import in_words
from tests.support.poll import PATIENCE_SECONDS
from tests.support.snapshots import CANCELLED, COMPLETED, address
from tests.support.world import World

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """By the backend's word and clock."""

    id: str
    variables: str
    over: bool
    began: float | None  # None: it was cancelled before it did
    ended: float | None


def faults_of(executions: Iterable[Execution], judge: Judge) -> list[str]:
    found = {each.id: each for each in executions}
    runs = {run.execution: run for run in judge.runs if run.execution}
    at_work = sorted((each.began, each.id, each.ended) for each in found.values() if each.began is not None)
    return [
        *(f"{each.id} is still alive" for each in found.values() if not each.over),
        *(
            f"{each.id} was never told"
            for each in found.values()
            if each.id not in runs and not lost_at_birth(each, judge)
        ),
        *(f"{execution} is unknown to the backend" for execution in runs.keys() - found.keys()),
        *(
            f"{execution} of generation {run.gen} got {each.variables}, not one of {run.might_have_got}"
            for execution, run in runs.items()
            if (each := found.get(execution)) and each.variables not in run.possible
        ),
        *(
            f"{second} began before {first} had ended"
            for (_, first, ended), (began, second, _) in pairwise(at_work)
            if ended is None or ended > began
        ),
    ]


def lost_at_birth(execution: Execution, judge: Judge) -> bool:
    began = execution.began
    return began is None or bool(judge.losses.between(began - GLANCE_SECONDS, began + GLANCE_SECONDS))


def executions_of(world: World) -> Iterator[Execution]:
    with grpc.insecure_channel(address(world)) as channel:
        query = services.WorkflowExecutionQueryControllerStub(channel)
        page, pages = 1, 1
        while page <= pages:
            request = wire.ListWorkflowExecutionsRequest(page_size=PAGE, page_token=str(page))
            reply = query.list(request, timeout=PATIENCE_SECONDS)
            yield from map(_execution, reply.entries)
            page, pages = page + 1, reply.total_pages


def _execution(message: wire.WorkflowExecution) -> Execution:
    status = message.status
    return Execution(
        id=message.metadata.id,
        variables=in_words({name: each.value for name, each in message.spec.runtime_env.items()}),
        over=status.phase in (COMPLETED, CANCELLED),
        began=_moment(status.started_at),
        ended=_moment(status.completed_at),
    )


def _moment(text: str) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None
