"""What has ended is forgotten in time, and the space that it took is given back."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agentexecution_pb2 import AgentExecutionId, ListAgentExecutionsRequest
from stigmer_api.config_file import ConfigError
from stigmer_api.devloop_pb2 import CancelRequest, PruneReply, PruneRequest
from stigmer_api.session_pb2 import ListSessionsRequest, Session
from stigmer_api.workflowexecution_pb2 import ListWorkflowExecutionsRequest, WorkflowExecutionId
from stigmerd.executions.pruning import Pruning
from stigmerd.executions.retention import Retention, read_retention
from stigmerd.store.pruning import CONVERSATION, Rule
from stigmerd.store.store import Store
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import ORGANIZATION, V1, agent, agent_execution, workflow, workflow_execution
from tests.support.tasks import set_task, task, wait_task
from tests.support.world import World

DATABASE = "stigmerd.db"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def on_disk(open_world: OpenWorld, data: Path) -> AsyncIterator[ServedBackend]:
    async with open_world(data) as opened:
        yield opened


async def executed(world: ServedBackend, count: int, *tasks: dict[str, Any]) -> list[str]:
    """Workflows that ended, the oldest first."""
    made = await world.api.workflow.apply(workflow("Short", *(tasks or [set_task()])))
    ids = []
    for _ in range(count):
        execution = await world.api.workflow_execution.create(workflow_execution(made.metadata.id))
        ids.append((await world.api.follow(execution.metadata.id)).metadata.id)
    return ids


async def known(world: ServedBackend) -> list[str]:
    listed = await world.api.workflow_execution.list(ListWorkflowExecutionsRequest(page_size=100))
    return sorted(each.metadata.id for each in listed.entries)


async def prune(world: ServedBackend, **rule: Any) -> PruneReply:
    reply: PruneReply = await world.api.control.prune(PruneRequest(**rule))
    return reply


def count_of(data: Path, table: str, where: str = "1") -> int:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


async def test_the_newest_stay(on_disk: ServedBackend, data: Path) -> None:
    ids = await executed(on_disk, 6)
    counted = await prune(on_disk, keep=2, dry_run=True)
    assert (counted.executions, await known(on_disk)) == (4, sorted(ids)), "only counted"
    assert (await prune(on_disk, keep=2)).executions == 4
    assert await known(on_disk) == sorted(ids[-2:])
    for table in ("execution_events", "journal", "signals"):
        gone = ", ".join(f"'{id_}'" for id_ in ids[:4])
        assert count_of(data, table, f"execution_id IN ({gone})") == 0
    assert (await prune(on_disk, keep=2)).executions == 0


async def test_what_ended_of_late_stays(on_disk: ServedBackend, data: Path) -> None:
    ids = await executed(on_disk, 4)
    aged(data, ids[:1], "2020-01-01T00:00:00.000000Z")
    aged(data, ids[1:2], "2020-06-01T00:00:00.000000Z")
    assert (await prune(on_disk, older_than_seconds=3600, keep=3)).executions == 1, "one of both is enough"
    assert (await prune(on_disk, older_than_seconds=3600)).executions == 1
    assert await known(on_disk) == sorted(ids[2:])
    assert (await prune(on_disk, older_than_seconds=1e300)).executions == 0
    assert (await prune(on_disk, older_than_seconds=0)).executions == 2


def aged(data: Path, ids: list[str], at: str) -> None:
    with closing(sqlite3.connect(data / DATABASE, isolation_level=None)) as database:
        database.executemany("UPDATE resources SET updated_at = ? WHERE id = ?", [(at, id_) for id_ in ids])


async def test_what_runs_stays_and_what_it_has_started(on_disk: ServedBackend) -> None:
    api = on_disk.api
    await api.workflow.apply(workflow("Child"))
    run = task("run", "RUN", {"workflow": "child"})
    made = await api.workflow.apply(workflow("Parent", run, wait_task()))
    parent = (await api.workflow_execution.create(workflow_execution(made.metadata.id))).metadata.id
    while len((await api.workflow_execution.get(WorkflowExecutionId(value=parent))).status.tasks) < 2:
        pass
    alone = await executed(on_disk, 1)
    before = await known(on_disk)
    assert len(before) == 3
    assert (await prune(on_disk, keep=0)).executions == 1
    assert await known(on_disk) == sorted(set(before) - set(alone))
    await api.control.cancel(CancelRequest(execution_id=parent, wait_seconds=20))
    assert (await prune(on_disk, keep=0)).executions == 2, "nobody asks for the child's end any more"


async def test_sessions_go_whole(on_disk: ServedBackend, data: Path) -> None:
    api = on_disk.api
    made = await api.agent.apply(agent())

    async def said(**spec: Any) -> Any:
        created = await api.agent_execution.create(agent_execution(made.metadata.id, **spec))
        call = api.agent_execution.subscribe(AgentExecutionId(value=created.metadata.id))
        return [snapshot async for snapshot in call][-1]

    first = await said()
    other = await said()
    await said(session_id=first.spec.session_id)
    assert (await prune(on_disk, keep=1)).executions == 1, "the newest one needs the first of its session"
    left = await api.agent_execution.list(ListAgentExecutionsRequest())
    assert other.metadata.id not in {each.metadata.id for each in left.entries}
    assert {each.spec.session_id for each in left.entries} == {first.spec.session_id}
    sessions = await api.session.list(ListSessionsRequest())
    assert [each.metadata.id for each in sessions.entries] == [first.spec.session_id]
    both = await prune(on_disk, keep=0)
    assert (both.executions, both.sessions) == (2, 1)
    assert not (await api.session.list(ListSessionsRequest())).entries


async def test_a_session_that_somebody_made_stays(on_disk: ServedBackend) -> None:
    api = on_disk.api
    made = await api.agent.apply(agent())
    instance = (await api.agent.get(type_of_id(made.metadata.id))).status.default_instance_id
    session = Session(
        api_version=V1, kind="Session", metadata={"name": "My talk", "owner_scope": ORGANIZATION}
    )
    session.spec.agent_instance_id = instance
    own = await api.session.create(session)
    created = await api.agent_execution.create(agent_execution("", session_id=own.metadata.id))
    call = api.agent_execution.subscribe(AgentExecutionId(value=created.metadata.id))
    assert [snapshot async for snapshot in call]
    pruned = await prune(on_disk, keep=0)
    assert (pruned.executions, pruned.sessions) == (1, 0)
    assert [each.metadata.id for each in (await api.session.list(ListSessionsRequest())).entries] == [
        own.metadata.id
    ]


def type_of_id(value: str) -> Any:
    from stigmer_api.agent_pb2 import AgentId

    return AgentId(value=value)


def test_a_database_of_before_can_shrink_too(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    Store.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = NONE")
        database.execute("VACUUM")
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA auto_vacuum").fetchone() == (2,)


async def test_the_space_is_given_back(on_disk: ServedBackend, data: Path) -> None:
    await executed(on_disk, 30, set_task("big", text="x" * 200_000))
    pruned = await prune(on_disk, keep=2)
    assert pruned.executions == 28
    assert pruned.bytes_after < pruned.bytes_before / 3
    on_the_disk = sum(each.stat().st_size for each in data.glob(f"{DATABASE}*"))
    assert on_the_disk < pruned.bytes_before / 3


async def test_details_go_first_and_nobody_misses_them(on_disk: ServedBackend, data: Path) -> None:
    ids = await executed(on_disk, 3)
    before = [await on_disk.api.workflow_execution.get(WorkflowExecutionId(value=id_)) for id_ in ids]
    aged(data, ids[:2], "2020-01-01T00:00:00.000000Z")
    old = f"execution_id IN ('{ids[0]}', '{ids[1]}')"
    assert count_of(data, "execution_events", old)
    store = Store.open(data / DATABASE)  # beside the server's: SQLite keeps them apart
    try:
        await Pruning(store).prune_expired(Retention().rule_now())
    finally:
        store.close()
    assert count_of(data, "execution_events", old) == 0
    assert count_of(data, "journal", f"{old} AND key <> '{CONVERSATION}'") == 0
    assert count_of(data, "execution_events", f"execution_id = '{ids[2]}'"), "that ended of late"
    after = [await on_disk.api.workflow_execution.get(WorkflowExecutionId(value=id_)) for id_ in ids]
    assert after == before


async def test_what_makes_no_sense_is_refused(on_disk: ServedBackend, refused: Refused) -> None:
    for rule in ({"keep": -1}, {"older_than_seconds": -1}, {"older_than_seconds": float("nan")}):
        with refused("INVALID_ARGUMENT"):
            await prune(on_disk, **rule)


def test_the_rule_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    assert read_retention(file) == Retention()
    file.write_text("backend:\n  local:\n    keep:\n      executions: 20\n      days: 0.5\n")
    assert read_retention(file) == Retention(executions=20, days=0.5)
    file.write_text("backend: {local: {keep: {executions: 0}}}")
    assert read_retention(file).rule_now() is None, "all stay"
    for bad in ("keep: many", "keep: {executions: -1}", "keep: {days: soon}", "keep: {executions: .nan}"):
        file.write_text(f"backend: {{local: {{{bad}}}}}")
        with pytest.raises(ConfigError, match=r"backend\.local\.keep"):
            read_retention(file)
    file.write_text("backend: [")
    with pytest.raises(ConfigError, match=r"config\.yaml:1:"):
        read_retention(file)


def test_by_itself_a_thousand_stay_and_all_of_the_last_hour() -> None:
    rule = Retention().rule_now()
    assert isinstance(rule, Rule)
    assert rule.newest == 1000
    assert rule.since < "9"


def test_the_commands(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    for _ in range(3):
        assert world.run("run", cwd=project).code == 0
    slow = world.run(
        "run", "slow", "--no-follow", "-o", "json", cwd=world.project(SLOW_WORKFLOW, name="slow")
    )
    running = slow.named("execution_created")[0]["execution"]
    counted = world.run("executions", "prune", "--keep", "1", "--dry-run")
    assert counted.code == 0, counted.text
    assert "2 executions would be deleted" in counted.out
    pruned = world.run("executions", "prune", "--keep", "1")
    assert "2 executions deleted" in pruned.out
    listed = world.run("executions", "list").out
    assert listed.count("greet") == 1
    assert running in listed
    assert "0 executions" in world.run("executions", "prune").out, "the backend's own rule"
    assert "0 executions" in world.run("executions", "prune", "--older-than", "30d").out
    bad = world.run("executions", "prune", "--older-than", "soon")
    assert (bad.code, "write 30d" in bad.err) == (2, True), bad.text
    deleted = world.run("executions", "delete", running)
    assert deleted.out == f"deleted {running}\n", deleted.text
    assert running not in world.run("executions", "list").out
    assert world.run("executions", "delete", running).code == 1
