"""Conversations that are forked, shortened and read."""

from __future__ import annotations

from stigmer_api.session_pb2 import Session
from stigmer_api.sessioncontrol_pb2 import (
    ForkSessionRequest,
    SessionHistoryReply,
    SessionHistoryRequest,
    SessionTurn,
    UndoTurnsReply,
    UndoTurnsRequest,
)
from stigmerd.executions.log import Executions
from stigmerd.resources import conversations
from stigmerd.resources.conversations import Conversations
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.rpc import Context

MOST_TURNS = 1000
MOST_BYTES = 8 << 20  # of the texts of one reply; the oldest turns are left out


class SessionControl:
    """Our own extension."""

    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._conversations = Conversations(repository, executions)

    async def fork(self, request: ForkSessionRequest, context: Context) -> Session:
        fork = self._conversations.fork(request.session_id, after=request.after, before=request.before)
        return self._repository.redacted(fork)

    async def undo(self, request: UndoTurnsRequest, context: Context) -> UndoTurnsReply:
        if request.turns < 0:
            raise invalid("validation error: turns: a whole number from 0")
        undone, left = self._conversations.undo(request.session_id, request.turns or 1)
        return UndoTurnsReply(undone=[self._turn(each, undone=True) for each in undone], left=left)

    async def history(self, request: SessionHistoryRequest, context: Context) -> SessionHistoryReply:
        if request.newest < 0:
            raise invalid("validation error: newest: a whole number from 0")
        found = self._conversations.turns(request.session_id)
        newest = min(request.newest or MOST_TURNS, MOST_TURNS)
        turns: list[SessionTurn] = []
        room = MOST_BYTES
        for each in reversed(found[-newest:]):
            turn = self._turn(each, undone=each.undone)
            room -= turn.ByteSize()
            if room < 0 and turns:
                break
            turns.append(turn)
        return SessionHistoryReply(
            turns=turns[::-1],
            forked_from=self._conversations.origin(request.session_id),
            total=len(found),
        )

    def _turn(self, turn: conversations.SessionTurn, *, undone: bool) -> SessionTurn:
        return SessionTurn(
            execution_id=turn.execution_id,
            undone=undone,
            inherited=turn.copy is not None,
            **self._conversations.shown(turn),
        )
