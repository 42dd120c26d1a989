"""The turns of a conversation: in short, or whole, with all that was said and called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.backend.session_calls import executions_in, executions_page
from runcmd.events import Phase, Role, TargetKind
from runcmd.follow.view import Message, View, merge
from runcmd.frozen import Frozen
from runcmd.sessions import PastTurn, SessionHistory, session_history

if TYPE_CHECKING:
    from stigmer_api.agentexecution_pb2 import AgentExecution


class WholeTurn(Frozen):
    """A turn, and all that is known of it."""

    past: PastTurn
    view: View  # what was said and called; of a deleted execution, only a part of it


async def history_of(backend: Backend, session: str, newest: int = 0) -> SessionHistory:
    """As `session_history`, also on a server without the extension, where nothing is undone or forked."""
    try:
        return await session_history(backend, session, newest)
    except UnsupportedError:
        pass
    if newest:
        page = await executions_page(backend, session, newest)
        found = list(reversed(page.entries))
        # Some servers send all at once, whatever they are asked for.
        total = len(found) if len(found) != newest else max(newest, page.total_pages * newest)
    else:
        found = await executions_in(backend, session)
        total = len(found)
    past = tuple(_past(each) for each in found)
    return SessionHistory(turns=past[-newest:] if newest else past, total=total, forked_from="")


async def whole_turns(backend: Backend, session: str, also: Sequence[str] = ()) -> tuple[WholeTurn, ...]:
    """Oldest first, also those that were undone.

    Args:
        also: executions that are turns of it, even if a server does not list them.
    """
    history = await history_of(backend, session)
    found = {each.metadata.id: each for each in await executions_in(backend, session)}
    turns = []
    for past in history.turns:
        execution = found.get(past.execution) or await _execution(backend, past.execution)
        turns.append(WholeTurn(past=past, view=_as_told(past) if execution is None else _view(execution)))
    listed = {each.execution for each in history.turns}
    more = [await _execution(backend, each) for each in also if each not in listed]
    turns += [WholeTurn(past=_past(each), view=_view(each)) for each in more if each is not None]
    return tuple(turns)


def remembered(turns: Sequence[PastTurn]) -> list[PastTurn]:
    """Without those that were undone."""
    return [each for each in turns if not each.undone]


async def message_of(backend: Backend, past: PastTurn) -> str:
    """All of it: in the history of a session, long ones are cut."""
    execution = await _execution(backend, past.execution)
    return past.message if execution is None else execution.spec.message


async def _execution(backend: Backend, execution: str) -> AgentExecution | None:
    """None: it was deleted."""
    try:
        return await backend.execution(TargetKind.AGENT, execution)  # type: ignore[return-value]  # by its kind
    except NotFoundError:
        return None


def _view(execution: AgentExecution) -> View:
    return merge(View(execution=execution.metadata.id, kind=TargetKind.AGENT), execution)


def _past(execution: AgentExecution) -> PastTurn:
    view = _view(execution)
    said = (each.text for each in reversed(view.messages) if each.role is Role.AI and each.text)
    return PastTurn(
        execution=view.execution,
        message=view.prompt,
        answer=next(said, ""),
        phase=view.phase or Phase.PENDING,
        error=view.error,
        at=view.started_at,
        undone=False,
        inherited=False,
    )


def _as_told(past: PastTurn) -> View:
    said = [Message(role=Role.HUMAN, text=past.message)]
    if past.answer:
        said.append(Message(role=Role.AI, text=past.answer))
    return View(
        execution=past.execution,
        kind=TargetKind.AGENT,
        phase=past.phase,
        prompt=past.message,
        messages=tuple(said),
        error=past.error,
    )
