"""What a session remembers, read and changed: history, undo, fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.events import Phase
from runcmd.follow.view import PHASES
from runcmd.frozen import Frozen

if TYPE_CHECKING:
    from stigmer_api.sessioncontrol_pb2 import SessionTurn

CHANGE_SECONDS = 30.0
READ_SECONDS = 10.0
SERVICE = "/stigmer.devloop.v1.SessionControl"


class PastTurn(Frozen):
    """One turn of a session: a message, and what came of it. Long texts are cut, secrets masked."""

    execution: str  # its id; that of an inherited turn may be gone
    message: str
    answer: str  # the last that the agent said; empty: nothing
    phase: Phase
    error: str
    at: str  # RFC 3339: when it was asked
    undone: bool  # the session does not remember it any more
    inherited: bool  # of the session that this one was forked from


class SessionHistory(Frozen):
    """The turns of a session, oldest first, also those that were undone."""

    turns: tuple[PastTurn, ...]
    total: int  # that it has; `turns` may be the newest of them
    forked_from: str  # the id of another session; empty: it was not forked


class Undone(Frozen):
    """What an undo left out."""

    turns: tuple[PastTurn, ...]  # oldest first
    left: int  # that the session still remembers


async def session_history(backend: Backend, session: str, newest: int = 0) -> SessionHistory:
    """`newest`: so many turns at most; 0: as many as the backend gives.

    Raises NotFoundError, and UnsupportedError on a server without the extension.
    """
    from stigmer_api.sessioncontrol_pb2 import SessionHistoryReply, SessionHistoryRequest

    request = SessionHistoryRequest(session_id=session, newest=newest)
    reply = await backend.transport.call(f"{SERVICE}/history", request, SessionHistoryReply, READ_SECONDS)
    return SessionHistory(
        turns=tuple(map(_turn, reply.turns)), total=reply.total, forked_from=reply.forked_from
    )


async def undo_turns(backend: Backend, session: str, turns: int = 1) -> Undone:
    """The newest turns are left out of the conversation from now on; its history still has them.

    Raises RefusedError while a turn of the session works, or if it has not so many; NotFoundError;
    UnsupportedError on a server without the extension.
    """
    from stigmer_api.sessioncontrol_pb2 import UndoTurnsReply, UndoTurnsRequest

    request = UndoTurnsRequest(session_id=session, turns=turns)
    # Twice would be one turn too many, if the first arrived and its answer did not.
    reply = await backend.transport.call(
        f"{SERVICE}/undo", request, UndoTurnsReply, CHANGE_SECONDS, repeatable=False
    )
    return Undone(turns=tuple(map(_turn, reply.undone)), left=reply.left)


async def fork_session(backend: Backend, session: str, *, after: str = "", before: str = "") -> str:
    """The id of a new session that begins with the turns of this one.

    Args:
        after: the execution of the last turn that it gets; it must be over. Empty: all of them.
        before: the execution of the first turn that it does not get; before the first, it gets none.

    Raises RefusedError if one of these turns still works; NotFoundError; UnsupportedError on a server
    without the extension.
    """
    from stigmer_api.session_pb2 import Session
    from stigmer_api.sessioncontrol_pb2 import ForkSessionRequest

    request = ForkSessionRequest(session_id=session)
    if after:
        request.after = after
    elif before:
        request.before = before
    reply = await backend.transport.call(f"{SERVICE}/fork", request, Session, CHANGE_SECONDS)
    return str(reply.metadata.id)


def _turn(turn: SessionTurn) -> PastTurn:
    return PastTurn(
        execution=turn.execution_id,
        message=turn.message,
        answer=turn.answer,
        phase=PHASES.get(turn.phase, Phase.PENDING),
        error=turn.error,
        at=turn.at,
        undone=turn.undone,
        inherited=turn.inherited,
    )
