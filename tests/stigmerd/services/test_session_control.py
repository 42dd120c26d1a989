"""Sessions: forked, shortened and read; what they remember outlives a restart, and their origin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecution, AgentExecutionId
from stigmer_api.devloop_pb2 import CancelRequest, PruneRequest
from stigmer_api.session_pb2 import ListSessionsRequest, SessionId
from stigmer_api.sessioncontrol_pb2 import ForkSessionRequest, SessionHistoryRequest, UndoTurnsRequest
from stigmerd.executions.secrets import ExecutionSecrets
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import agent, agent_execution

DAYS = 86400.0


async def asked(world: ServedBackend, message: str, session: str = "", **env: str) -> AgentExecution:
    """A turn, and its end; of a new session if none is named."""
    made = await world.api.agent.apply(agent())
    of = {"session_id": session} if session else {"agent_id": made.metadata.id}
    wanted = agent_execution(message=message, **of)
    for name, value in env.items():
        wanted.spec.runtime_env[name].value = value
        wanted.spec.runtime_env[name].is_secret = True
    execution = await world.api.agent_execution.create(wanted)
    if message != "wait":
        call = world.api.agent_execution.subscribe(AgentExecutionId(value=execution.metadata.id))
        execution = [snapshot async for snapshot in call][-1]
    return execution


async def talk(world: ServedBackend, *messages: str) -> tuple[str, list[str]]:
    """The session, and its executions."""
    session, ids = "", []
    for message in messages:
        execution = await asked(world, message, session)
        session = execution.spec.session_id
        ids.append(execution.metadata.id)
    return session, ids


async def fork(world: ServedBackend, session: str, **until: str) -> str:
    made = await world.api.sessions.fork(ForkSessionRequest(session_id=session, **until))
    return str(made.metadata.id)


async def history(world: ServedBackend, session: str, newest: int = 0) -> Any:
    return await world.api.sessions.history(SessionHistoryRequest(session_id=session, newest=newest))


def messages(reply: Any) -> list[str]:
    return [turn.message for turn in reply.turns if not turn.undone]


def remembered(world: ServedBackend, execution: AgentExecution) -> list[str]:
    """The messages that its model is told of."""
    return [turn["message"] for turn in world.agents.lookup.session_history(execution.metadata.id)]


async def test_a_fork_goes_its_own_way(world: ServedBackend) -> None:
    session, ids = await talk(world, "one", "two", "three")
    made = await world.api.sessions.fork(ForkSessionRequest(session_id=session, after=ids[1]))
    other = made.metadata.id
    assert made.spec.subject == "one"
    await asked(world, "four", session)
    assert remembered(world, await asked(world, "another three", other)) == ["one", "two"]
    assert messages(await history(world, session)) == ["one", "two", "three", "four"]
    reply = await history(world, other)
    assert messages(reply) == ["one", "two", "another three"]
    assert [turn.inherited for turn in reply.turns] == [True, True, False]
    assert [turn.answer for turn in reply.turns] == ["one", "two", "another three"]
    assert (reply.forked_from, reply.total) == (session, 3)


async def test_where_a_fork_begins(world: ServedBackend, refused: Refused) -> None:
    session, ids = await talk(world, "one", "two")
    assert messages(await history(world, await fork(world, session))) == ["one", "two"]
    assert messages(await history(world, await fork(world, session, before=ids[1]))) == ["one"]
    assert messages(await history(world, await fork(world, session, before=ids[0]))) == []
    again = await fork(world, await fork(world, session, after=ids[1]), before=ids[1])
    assert messages(await history(world, again)) == ["one"], "a fork of a fork"
    _, elsewhere = await talk(world, "one")
    with refused("NOT_FOUND", elsewhere[0], "no turn of the session"):
        await fork(world, session, after=elsewhere[0])
    with refused("NOT_FOUND", "Session not found: ses-none"):
        await fork(world, "ses-none")


async def test_what_works_is_not_forked_nor_undone(world: ServedBackend, refused: Refused) -> None:
    session, _ = await talk(world, "one")
    running = (await asked(world, "wait", session)).metadata.id
    with refused("FAILED_PRECONDITION", running, "not over yet"):
        await fork(world, session)
    with refused("FAILED_PRECONDITION", running, "not over yet"):
        await world.api.sessions.undo(UndoTurnsRequest(session_id=session))
    assert messages(await history(world, await fork(world, session, before=running))) == ["one"]
    await world.api.control.cancel(CancelRequest(execution_id=running, wait_seconds=30))
    assert messages(await history(world, await fork(world, session))) == ["one", "wait"]


async def test_what_is_undone_is_known_to_the_history_alone(world: ServedBackend, refused: Refused) -> None:
    session, ids = await talk(world, "one", "two", "three")
    reply = await world.api.sessions.undo(UndoTurnsRequest(session_id=session))
    assert ([turn.execution_id for turn in reply.undone], reply.left) == ([ids[2]], 2)
    assert remembered(world, await asked(world, "four", session)) == ["one", "two"]
    reply = await world.api.sessions.undo(UndoTurnsRequest(session_id=session, turns=2))
    assert ([turn.message for turn in reply.undone], reply.left) == (["two", "four"], 1)
    shown = await history(world, session)
    assert [(turn.message, turn.undone) for turn in shown.turns] == [
        ("one", False),
        ("two", True),
        ("three", True),
        ("four", True),
    ]
    with refused("FAILED_PRECONDITION", "only 1 turn to undo"):
        await world.api.sessions.undo(UndoTurnsRequest(session_id=session, turns=2))
    assert messages(await history(world, await fork(world, session))) == ["one"], "nor does a fork get it"
    with refused("NOT_FOUND", ids[2], "undone"):
        await fork(world, session, after=ids[2])


async def test_an_inherited_turn_can_be_undone(world: ServedBackend) -> None:
    session, ids = await talk(world, "one", "two")
    other = await fork(world, session)
    reply = await world.api.sessions.undo(UndoTurnsRequest(session_id=other))
    assert ([turn.execution_id for turn in reply.undone], reply.left) == ([ids[1]], 1)
    assert messages(await history(world, other)) == ["one"]
    assert messages(await history(world, session)) == ["one", "two"], "the origin keeps it"


async def test_all_of_it_outlives_a_restart(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        session, _ = await talk(world, "one", "two", "three")
        other = await fork(world, session)
        await world.api.sessions.undo(UndoTurnsRequest(session_id=session, turns=2))
        await world.api.sessions.undo(UndoTurnsRequest(session_id=other))
    async with open_world(tmp_path) as world:
        assert messages(await history(world, session)) == ["one"]
        assert remembered(world, await asked(world, "four", other)) == ["one", "two"]


async def test_a_fork_keeps_its_turns_when_their_session_is_deleted(world: ServedBackend) -> None:
    session, _ = await talk(world, "one", "two")
    other = await fork(world, session)
    await asked(world, "three", other)
    pruned = await world.api.control.prune(PruneRequest(keep=1, older_than_seconds=DAYS))
    assert pruned.executions == 0
    pruned = await world.api.control.prune(PruneRequest(keep=1))
    assert pruned.executions == 2
    listed = await world.api.session.list(ListSessionsRequest())
    assert [each.metadata.id for each in listed.entries] == [other]
    assert messages(await history(world, other)) == ["one", "two", "three"]
    assert remembered(world, await asked(world, "four", other)) == ["one", "two", "three"]


async def test_a_fork_in_which_nothing_was_asked_goes_with_its_origin(world: ServedBackend) -> None:
    session, _ = await talk(world, "one")
    other = await fork(world, session)
    await talk(world, "something else")
    await world.api.control.prune(PruneRequest(keep=2))
    assert messages(await history(world, other)) == ["one"]
    for _ in range(2):  # its origin, then itself
        await world.api.control.prune(PruneRequest(keep=1))
    listed = await world.api.session.list(ListSessionsRequest())
    assert other not in {each.metadata.id for each in listed.entries}


async def test_a_fork_that_is_deleted_leaves_nothing(world: ServedBackend) -> None:
    session, _ = await talk(world, "one")
    other = await fork(world, session)
    await world.api.session.delete(SessionId(value=other))
    store = world.agents.executions._store
    assert store.sessions.fork(other) is None
    assert store.sessions.inherited(other) == []


async def test_what_the_origin_must_not_show_a_fork_must_not_show(world: ServedBackend) -> None:
    secret = "correct-horse-battery"
    execution = await asked(world, f"log in with {secret}", TOKEN=secret)
    session = execution.spec.session_id
    other = await fork(world, session)
    third = await fork(world, other)
    secrets: ExecutionSecrets = world.agents.executions.secrets
    store = world.agents.executions._store
    assert secret not in store.sessions.fork(other).secrets, "encrypted"
    for each in (other, third):
        said = await asked(world, f"again {secret}", each)
        assert [turn.message for turn in (await history(world, each)).turns] == [
            "log in with ***",
            "again ***",
        ]
        assert said.status.messages[-1].content == "again ***"
        assert secret in secrets.values(said.metadata.id)


async def test_what_must_not_be_shown_is_known_as_long_as_the_conversation(world: ServedBackend) -> None:
    secret = "correct-horse-battery"
    first = await asked(world, f"log in with {secret}", TOKEN=secret)
    second = await asked(world, "go on", first.spec.session_id)
    store = world.agents.executions._store
    while store.executions.drop_details(second.metadata.id, keep_shown=True):
        pass  # what a running execution alone needs goes an hour after its end
    third = await asked(world, f"again {secret}", first.spec.session_id)
    assert third.status.messages[-1].content == "again ***"


async def test_a_history_has_the_newest_turns_and_so_much_of_their_texts(world: ServedBackend) -> None:
    session, _ = await talk(world, "one", "two", "three")
    reply = await history(world, session, newest=2)
    assert (messages(reply), reply.total) == (["two", "three"], 3)
    long = await asked(world, "x" * 20_000, session)
    turn = (await history(world, session, newest=1)).turns[0]
    assert turn.message == "x" * 15_999 + "…"
    assert remembered(world, await asked(world, "four", session))[-1] == long.spec.message, "to a model, all"


async def test_wrong_numbers_are_refused(world: ServedBackend, refused: Refused) -> None:
    session, _ = await talk(world, "one")
    with refused("INVALID_ARGUMENT", "turns"):
        await world.api.sessions.undo(UndoTurnsRequest(session_id=session, turns=-1))
    with refused("INVALID_ARGUMENT", "newest"):
        await history(world, session, newest=-1)
