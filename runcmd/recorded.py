"""What an agent's model said in an execution, or in a whole conversation, ready to be made a script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from runcmd.backend.calls import Backend
from runcmd.errors import TargetError
from runcmd.events import Phase, Role, TargetKind
from runcmd.follow.view import Message, View
from runcmd.frozen import Frozen
from runcmd.history.ask import newest
from runcmd.history.past import Wanted
from runcmd.history.plain_server import NoListError
from runcmd.turns import remembered, whole_turns
from runcmd.which_execution import find_execution
from stigmer_api.scripts.model import STOPS
from stigmer_api.scripts.recorded import Recording, SaidExchange, SaidTurn

RECORDED = (Phase.COMPLETED, Phase.FAILED)


class Recorded(Frozen):
    """What was said, and by whom. `left_out`: turns that are not over, or were cancelled."""

    agent: str  # its name; empty where nobody knows it any more
    execution: str  # the id of the newest
    said: Recording
    left_out: int


async def recorded(text: str, backend: Backend) -> Recorded:
    """All turns of the conversation that this execution belongs to, up to it.

    Args:
        text: an id, the beginning of one, `last` or `last:NAME`.

    Raises TargetError for what is no execution of an agent, or where no model answered; BackendError.
    """
    kind, execution = await find_execution(text, backend)
    if kind is not TargetKind.AGENT:
        raise TargetError(
            f"{execution.metadata.id} is a workflow's execution: only what an agent's model says is recorded",
            code="E1340",
            hint="give the execution of the agent that it called: stigmer executions list --nested",
        )
    session = execution.spec.session_id  # type: ignore[union-attr]
    turns = await whole_turns(backend, session, (execution.metadata.id,))
    of_session = {each.past.execution: each.view for each in turns}
    views: list[View] = []
    for past in remembered([each.past for each in turns]):
        views.append(of_session[past.execution])
        if past.execution == execution.metadata.id:
            break
    said = said_in(views)
    if not said.exchanges:
        raise TargetError(
            f"no model answered in {execution.metadata.id}",
            code="E1341",
            hint=f"see: {backend.address.command(f'executions show {execution.metadata.id}')}",
        )
    return Recorded(
        agent=await _agent_of(execution.metadata.id, backend),
        execution=execution.metadata.id,
        said=said,
        left_out=len(views) - len(said.exchanges),
    )


async def _agent_of(execution: str, backend: Backend) -> str:
    """Its name; empty where a server does not tell."""
    try:
        found, _ = await newest(backend, Wanted(id_prefix=execution), 1)
    except NoListError:
        return ""
    return found[0].target if found else ""


def said_in(views: Sequence[View]) -> Recording:
    """Of the turns of one conversation, the oldest first."""
    exchanges: list[SaidExchange] = []
    agents: dict[str, list[SaidExchange]] = {}
    previous = ""
    for view in views:
        turns = tuple(_turns(view.messages, view, view.error if view.phase is Phase.FAILED else ""))
        if view.phase in RECORDED and turns:
            exchanges.append(SaidExchange(message=view.prompt, turns=turns, previous=previous))
        for helper in view.sub_agents.values():
            if answers := tuple(_turns(helper.messages, view, helper.error)):
                agents.setdefault(helper.name, []).append(SaidExchange(message=helper.input, turns=answers))
        previous = view.prompt
    return Recording(exchanges=exchanges, agents=agents)


def _turns(messages: Iterable[Message], view: View, error: str) -> Iterator[SaidTurn]:
    said = [each for each in messages if each.role is Role.AI]
    for number, message in enumerate(said, 1):
        calls = tuple(
            (view.calls[call].name, json.loads(view.calls[call].arguments or "{}"))
            for call in message.calls
            if call in view.calls
        )
        stop = message.finish_reason if message.finish_reason in STOPS else ""
        broken = error if number == len(said) and not calls and not stop else ""
        yield SaidTurn(say=message.text, calls=calls, fail=broken, stop=stop)
    if said and error and any(call in view.calls for call in said[-1].calls):
        yield SaidTurn(fail=error)
