"""What a session remembers: its turns, read, forked and undone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import is_terminal
from stigmer_api.messages import copied
from stigmer_api.session_pb2 import Session
from stigmerd.executions.log import Executions
from stigmerd.executions.turns import shown_of, turn_of
from stigmerd.resources.kinds import AGENT_EXECUTION, SESSION
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid, not_found, not_now
from stigmerd.resources.sessions import forked_session
from stigmerd.store.json import Json
from stigmerd.store.sessions import Fork, InheritedTurn
from stigmerd.store.vault import VaultError


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTurn:
    """One turn: an execution of the session itself, or a copy of one of the session it was forked from."""

    execution_id: str
    undone: bool = False
    copy: InheritedTurn | None = None


class Conversations:
    """The turns of all sessions. Nothing waits between a look at them and the change of them."""

    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._executions = executions
        self._table = repository.store.sessions

    def turns(self, session_id: str) -> list[SessionTurn]:
        """Oldest first, with those that were undone. Raises RpcError: there is no such session."""
        self._repository.get(SESSION, session_id)
        undone = self._table.undone(session_id)
        rows = self._repository.store.children(AGENT_EXECUTION.number, session_id)
        inherited = [
            SessionTurn(execution_id=each.execution_id, undone=each.undone, copy=each)
            for each in self._table.inherited(session_id)
        ]
        return [*inherited, *(SessionTurn(execution_id=row.id, undone=row.id in undone) for row in rows)]

    def origin(self, session_id: str) -> str:
        """The session that it was forked from; empty: none."""
        fork = self._table.fork(session_id)
        return fork.origin if fork else ""

    def told(self, turn: SessionTurn) -> dict[str, Json]:
        """What a model is told of it."""
        return (
            turn_of(self._executions, turn.execution_id) if turn.copy is None else json.loads(turn.copy.turn)
        )

    def shown(self, turn: SessionTurn) -> dict[str, Json]:
        """What a history shows of it."""
        return dict(json.loads(turn.copy.shown)) if turn.copy is not None else shown_of(self._execution(turn))

    def fork(self, session_id: str, *, after: str = "", before: str = "") -> Session:
        """A new session with copies of the turns up to one of them. Raises RpcError."""
        origin = self._repository.get(SESSION, session_id)
        turns = [each for each in self.turns(session_id) if not each.undone]
        taken = (
            turns[: _place(turns, after or before, session_id) + bool(after)] if after or before else turns
        )
        self._refuse_running(taken, "wait for its end, cancel it, or fork before it")
        fork = forked_session(origin)
        secrets = self._executions.secrets.encrypted_for(fork.metadata.id, self.secrets(session_id))
        with self._repository.transaction():
            self._repository.insert(SESSION, fork)
            self._table.add_fork(
                fork.metadata.id, Fork(session_id, secrets), [self._copied(each) for each in taken]
            )
        return copied(fork)

    def undo(self, session_id: str, count: int) -> tuple[list[SessionTurn], int]:
        """Leaves out the newest turns: those, and how many are left. Raises RpcError."""
        turns = [each for each in self.turns(session_id) if not each.undone]
        if count < 1:
            raise invalid("turns: a whole number from 1")
        if count > len(turns):
            has = "no turns" if not turns else f"only {len(turns)} turn{'s' * (len(turns) > 1)}"
            raise not_now(f"the session {session_id} has {has} to undo")
        self._refuse_running(turns, "wait for its end, or cancel it")
        going = turns[-count:]
        with self._repository.transaction():
            for turn in going:
                if turn.copy is None:
                    self._table.undo(turn.execution_id)
                else:
                    self._table.undo_inherited(session_id, turn.execution_id)
        return going, len(turns) - count

    def secrets(self, session_id: str) -> frozenset[str]:
        """What the turns so far must not show, the next one must not show either."""
        rows, _ = self._repository.page(AGENT_EXECUTION, size=1, parents=[session_id])
        try:
            if rows:
                return self._executions.secrets.values(rows[0].id)
            fork = self._table.fork(session_id)
            return self._executions.secrets.decrypted_for(session_id, fork.secrets) if fork else frozenset()
        except VaultError:  # of a key that is gone: nobody can use them any more
            return frozenset()

    def _copied(self, turn: SessionTurn) -> InheritedTurn:
        if turn.copy is not None:
            return turn.copy
        shown, told = (json.dumps(each) for each in (self.shown(turn), self.told(turn)))
        return InheritedTurn(turn.execution_id, False, shown, told)

    def _refuse_running(self, turns: Sequence[SessionTurn], hint: str) -> None:
        for turn in turns:
            if turn.copy is None and not is_terminal(self._execution(turn).status.phase):
                raise not_now(f"{turn.execution_id} is not over yet: {hint}")

    def _execution(self, turn: SessionTurn) -> AgentExecution:
        execution = self._executions.get(turn.execution_id)
        assert isinstance(execution, AgentExecution)
        return execution


def _place(turns: Sequence[SessionTurn], execution_id: str, session_id: str) -> int:
    for number, turn in enumerate(turns):
        if turn.execution_id == execution_id:
            return number
    raise not_found(f"{execution_id} is no turn of the session {session_id}, or it was undone")
