"""Whoever watches sees the newest, and always the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from anyio.abc import TaskGroup

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.workflowexecution_pb2 import ExecutionPhase, WorkflowExecution
from stigmerd.executions.live import Execution
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Began, Ended, MessageSet, TaskBegan, ToolCallSet
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.watching import watched

WEX, AEX = "wex-01", "aex-01"
BEGAN = Began(at="t0")
END = Ended(phase="COMPLETED", output=None, error="", at="t9")


@pytest.fixture
def executions() -> Executions:
    made = Executions(Store.open(None), Vault(b"k" * 32))
    workflow, agent = WorkflowExecution(), AgentExecution()
    workflow.metadata.id, agent.metadata.id = WEX, AEX
    workflow.spec.runtime_env["TOKEN"].value = "sk-very-secret"
    workflow.spec.runtime_env["TOKEN"].is_secret = True
    made.add(workflow)
    made.add(agent)
    return made


def began_task(number: int) -> TaskBegan:
    return TaskBegan(key=f"task-{number}", name="x", kind="SET", input=None, at="t")


def message(index: int, content: str, *, complete: bool) -> MessageSet:
    return MessageSet(index=index, role="AI", content=content, complete=complete, at="t", metadata={})


async def test_the_first_is_what_it_is_now_then_every_change_of_a_quick_reader(
    executions: Executions,
) -> None:
    executions.record(WEX, BEGAN)
    watcher = watched(executions, WEX)
    first = await anext(watcher)
    assert first.status.phase == ExecutionPhase.EXECUTION_IN_PROGRESS
    assert first.spec.runtime_env["TOKEN"].value == "***"
    for number in range(3):
        executions.record(WEX, began_task(number))
        assert len((await anext(watcher)).status.tasks) == number + 1
    executions.record(WEX, END)
    assert (await anext(watcher)).status.phase == ExecutionPhase.EXECUTION_COMPLETED
    with pytest.raises(StopAsyncIteration):
        await anext(watcher)


async def test_a_slow_reader_gets_the_newest_and_the_last(executions: Executions) -> None:
    watcher = watched(executions, WEX)
    await anext(watcher)
    for number in range(50):
        executions.record(WEX, began_task(number))
    assert len((await anext(watcher)).status.tasks) == 50
    executions.record(WEX, began_task(50))
    executions.record(WEX, END)
    assert [snapshot.status.phase async for snapshot in watcher] == [ExecutionPhase.EXECUTION_COMPLETED]


async def test_a_change_between_two_looks_is_not_lost(executions: Executions) -> None:
    """Said while the reader is busy with the snapshot before: nobody waits yet, nobody is woken."""
    watcher = watched(executions, WEX)
    await anext(watcher)
    executions.record(WEX, END)
    assert (await anext(watcher)).status.phase == ExecutionPhase.EXECUTION_COMPLETED


async def test_an_execution_that_has_ended_is_one_snapshot(executions: Executions) -> None:
    executions.record(WEX, BEGAN, END)
    assert [snapshot.status.phase async for snapshot in watched(executions, WEX)] == [
        ExecutionPhase.EXECUTION_COMPLETED
    ]
    assert (await executions.subscriptions.ended(WEX)).status.phase == ExecutionPhase.EXECUTION_COMPLETED


async def test_ended_waits_for_the_end(executions: Executions) -> None:
    found: list[Execution] = []

    async def wait() -> None:
        found.append(await executions.subscriptions.ended(WEX))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        executions.record(WEX, BEGAN)
        await anyio.wait_all_tasks_blocked()
        assert not found
        executions.record(WEX, END)
    assert found[0].status.phase == ExecutionPhase.EXECUTION_COMPLETED


async def test_unknown_and_forgotten_executions(executions: Executions) -> None:
    with pytest.raises(KeyError):
        await anext(watched(executions, "wex-99"))
    with pytest.raises(KeyError):
        await executions.subscriptions.ended("wex-99")
    raised: list[str] = []

    async def watch() -> None:
        try:
            async for _ in watched(executions, WEX):
                pass
        except KeyError as error:
            raised.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await anyio.wait_all_tasks_blocked()
        executions.forget(WEX)
    assert raised == ["'wex-01'"]


async def test_a_watcher_of_something_taken_back_goes_on_with_what_is_stored(executions: Executions) -> None:
    watcher = watched(executions, WEX)
    await anext(watcher)
    with pytest.raises(ValueError):
        executions.record(WEX, began_task(0), Ended(phase="DONE", output=None, error="", at="t"))
    assert len((await anext(watcher)).status.tasks) == 0
    executions.record(WEX, began_task(1), END)
    last = [snapshot async for snapshot in watcher][-1]
    assert [one.task_id for one in last.status.tasks] == ["task-1"]


async def test_only_whole_messages_unless_asked(executions: Executions) -> None:
    growing, whole = (
        watched(executions, AEX),
        watched(executions, AEX, partial=False),
    )
    call = ToolCallSet(
        id="c",
        message=0,
        name="n",
        args={},
        status="RUNNING",
        result="",
        error="",
        started_at="",
        completed_at="",
    )

    async def seen(watcher: AsyncIterator[Execution]) -> tuple[list[str], int]:
        status = (await anext(watcher)).status
        assert isinstance(status, type(AgentExecution().status))
        return [one.content for one in status.messages], len(status.tool_calls)

    executions.record(AEX, message(0, "let me", complete=False), call)
    assert await seen(growing) == (["let me"], 1)
    assert await seen(whole) == ([], 1)
    executions.record(AEX, message(0, "let me see", complete=True))
    assert await seen(growing) == (["let me see"], 1)
    assert await seen(whole) == (["let me see"], 1)
    executions.record(AEX, message(1, "cut of", complete=False), END)
    assert await seen(growing) == await seen(whole) == (["let me see", "cut of"], 1)


async def test_a_thousand_watchers_share_one_copy_of_each_version(executions: Executions) -> None:
    seen: list[list[bytes]] = [[] for _ in range(1000)]

    async def watch(mine: list[bytes]) -> None:
        mine += [wire async for wire in executions.subscriptions.watch_wire(WEX, partial=True)]

    async with anyio.create_task_group() as tasks:
        start_all(tasks, watch, seen)
        await anyio.wait_all_tasks_blocked()
        for number in range(20):
            executions.record(WEX, began_task(number))
            await anyio.wait_all_tasks_blocked()
        executions.record(WEX, END)
    objects = {id(wire): wire for mine in seen for wire in mine}
    assert len(objects) == len(set(objects.values())) <= 22
    assert {mine[-1] for mine in seen} == {seen[0][-1]}
    last = WorkflowExecution.FromString(seen[0][-1])
    assert last == executions.get(WEX)


def start_all(tasks: TaskGroup, watch: object, seen: list[list[bytes]]) -> None:
    for mine in seen:
        tasks.start_soon(watch, mine)


async def test_copies_that_take_long_are_made_seldom_but_the_last_at_once(executions: Executions) -> None:
    watcher = watched(executions, WEX)
    await anext(watcher)
    executions.live.find(WEX)._copy_seconds = 1000
    found: list[Execution] = []

    async def watch() -> None:
        found.extend([snapshot async for snapshot in watcher])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await anyio.wait_all_tasks_blocked()
        for number in range(5):
            executions.record(WEX, began_task(number))
            await anyio.wait_all_tasks_blocked()
        assert not found
        executions.record(WEX, END)
    assert [len(snapshot.status.tasks) for snapshot in found] == [5]


async def test_nothing_is_copied_while_nobody_watches(executions: Executions) -> None:
    live = executions.live.find(WEX)
    watcher = watched(executions, WEX)
    await anext(watcher)
    for number in range(10):
        executions.record(WEX, began_task(number))
        assert not live._copies


async def test_a_first_look_is_over_when_somebody_has_got_a_snapshot(executions: Executions) -> None:
    looked = False

    async def wait() -> None:
        nonlocal looked
        await executions.subscriptions.wait_for_subscriber(WEX, 60)
        looked = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert not looked
        tasks.start_soon(read, executions)
        await anyio.wait_all_tasks_blocked()
        assert looked
        tasks.cancel_scope.cancel()


async def test_a_first_look_is_not_waited_for_without_end(executions: Executions) -> None:
    with anyio.fail_after(30):
        await executions.subscriptions.wait_for_subscriber(WEX, 0.001)


async def read(executions: Executions) -> None:
    async for _ in watched(executions, WEX):
        pass
