"""Sessions, forked, undone and read through a real backend, and by a server that cannot do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.patience import Connect
from runcmd.backend.refusals import NotFoundError, RefusedError, UnsupportedError
from runcmd.events import Phase, TargetKind
from runcmd.sessions import fork_session, session_history, undo_turns
from tests.support.api import agent, agent_execution
from tests.support.weak_server import WeakServer


@asynccontextmanager
async def backend_of(connect: Connect) -> AsyncIterator[Backend]:
    async with open_backend(await connect()) as backend:
        yield backend


async def ask(backend: Backend, message: str, session: str = "") -> tuple[str, str]:
    """(session, execution) of a turn of an agent with the script `OK`."""
    asked = agent_execution(message=message, session_id=session)
    if not session:
        made = agent()
        made.metadata.annotations["devloop.stigmer.ai/script"] = "- say: 'You said {{ message }}'"
        asked.spec.agent_id = (await backend.apply(TargetKind.AGENT, made)).metadata.id
    execution = await backend.create(asked)
    await backend.subscribe(TargetKind.AGENT, execution.metadata.id, _nothing)
    return execution.spec.session_id, execution.metadata.id


async def _nothing(_: object) -> None: ...


async def test_history_undo_and_fork(connect: Connect) -> None:
    async with backend_of(connect) as backend:
        session, first = await ask(backend, "one")
        _, second = await ask(backend, "two", session)
        history = await session_history(backend, session)
        assert [(turn.execution, turn.message, turn.answer, turn.phase) for turn in history.turns] == [
            (first, "one", "You said one", Phase.COMPLETED),
            (second, "two", "You said two", Phase.COMPLETED),
        ]
        assert (history.total, history.forked_from) == (2, "")
        fork = await fork_session(backend, session, before=second)
        undone = await undo_turns(backend, session)
        assert ([turn.execution for turn in undone.turns], undone.left) == ([second], 1)
        of_fork = await session_history(backend, fork)
        assert [(turn.message, turn.inherited) for turn in of_fork.turns] == [("one", True)]
        assert of_fork.forked_from == session
        assert [turn.undone for turn in (await session_history(backend, session)).turns] == [False, True]
        whole = await fork_session(backend, session)
        assert [turn.message for turn in (await session_history(backend, whole)).turns] == ["one"]
        with pytest.raises(RefusedError, match="only 1 turn"):
            await undo_turns(backend, session, 2)
        with pytest.raises(NotFoundError, match="Session not found"):
            await session_history(backend, "ses-none")


async def test_a_server_without_it_says_so(server: WeakServer) -> None:
    async with open_backend(server.address) as backend:
        for call in (session_history, undo_turns, fork_session):
            with pytest.raises(UnsupportedError):
                await call(backend, "ses-1")
