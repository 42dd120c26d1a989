"""Watching an execution until it ends, on servers that make it hard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

import anyio
import grpc
import pytest

from runcmd.backend.calls import open_backend
from runcmd.errors import BackendError
from runcmd.events import (
    CallState,
    Detail,
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Phase,
    PhaseChanged,
    Reconnected,
    Reconnecting,
    Role,
    TargetKind,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TaskState,
    ToolCallChanged,
    Warned,
)
from runcmd.follow.follower import STILL_PENDING, Follower
from runcmd.follow.news import news
from runcmd.follow.pace import Pace
from runcmd.follow.view import View, merge
from tests.support.weak_server import (
    AEX,
    CANCELLED,
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    PENDING,
    WEX,
    WeakServer,
    agent_execution,
    workflow_execution,
)

QUICK = Pace(quiet_seconds=0.05, quiet_most_seconds=0.1, first_delay_seconds=0.01, attempts=4)
# Never asks by itself: what is seen came over the stream.
PATIENT = Pace(quiet_seconds=60, first_delay_seconds=0.01, attempts=4)
RUNNING, DONE, BROKEN, SKIPPED = 2, 3, 4, 5


def events_of(kind: TargetKind, *snapshots: Any) -> list[Event]:
    """All the news of these snapshots."""
    views = [View(execution=WEX if kind is TargetKind.WORKFLOW else AEX, kind=kind)]
    for snapshot in snapshots:
        views.append(merge(views[-1], snapshot))
    return [event for before, after in pairwise(views) for event in news(before, after)]


async def follow(
    server: WeakServer,
    kind: TargetKind = TargetKind.WORKFLOW,
    pace: Pace = PATIENT,
    revive: Callable[[], Awaitable[object]] | None = None,
) -> list[Any]:
    events: list[Any] = []  # the error last

    async def emit(event: Event) -> None:
        events.append(event)

    with anyio.fail_after(20):
        async with open_backend(server.address) as backend:
            view = View(execution=WEX if kind is TargetKind.WORKFLOW else AEX, kind=kind)
            follower = Follower(backend, view, emit, pace, revive or server.connect)
            try:
                await follower.run()
            except BackendError as error:
                events.append(error)
    return events


def phases(events: list[Event]) -> list[Phase]:
    return [event.phase for event in events if isinstance(event, PhaseChanged)]


def tasks(events: list[Event]) -> list[tuple[str, str]]:
    return [
        (event.task, event.state.value if isinstance(event, TaskFinished) else "started")
        for event in events
        if isinstance(event, TaskStarted | TaskFinished)
    ]


def test_each_status_change_is_an_event_once() -> None:
    events = events_of(
        TargetKind.WORKFLOW,
        workflow_execution(PENDING),
        workflow_execution(PENDING),
        workflow_execution(IN_PROGRESS, ("a", RUNNING)),
        workflow_execution(IN_PROGRESS, ("a", RUNNING)),
        workflow_execution(IN_PROGRESS, ("a", DONE), ("b", RUNNING)),
        workflow_execution(COMPLETED, ("a", DONE), ("b", BROKEN), ("c", SKIPPED)),
        workflow_execution(COMPLETED, ("a", DONE), ("b", BROKEN), ("c", SKIPPED)),
    )
    assert phases(events) == [Phase.PENDING, Phase.IN_PROGRESS, Phase.COMPLETED]
    assert tasks(events) == [
        ("a", "started"),
        ("a", "completed"),
        ("b", "started"),
        ("b", "failed"),
        ("c", "skipped"),
    ]
    assert isinstance(events[-1], PhaseChanged)


def test_lists_of_one_task_that_replace_each_other_lose_nothing() -> None:
    view = View(execution=WEX, kind=TargetKind.WORKFLOW)
    for snapshot in (
        workflow_execution(IN_PROGRESS, ("a", RUNNING)),
        workflow_execution(IN_PROGRESS, ("a", DONE)),
        workflow_execution(IN_PROGRESS, ("b", RUNNING)),
        workflow_execution(COMPLETED, ("b", DONE)),
    ):
        view = merge(view, snapshot)
    assert {name: task.state for name, task in view.tasks.items()} == {
        "a": TaskState.COMPLETED,
        "b": TaskState.COMPLETED,
    }


def test_what_came_in_one_snapshot_comes_in_the_order_of_the_clock() -> None:
    snapshot = workflow_execution(IN_PROGRESS, ("loop", DONE), ("loop[0]/a", DONE), ("loop[1]/a", DONE))
    for task, (start, end) in zip(snapshot.status.tasks, [(0, 5), (1, 2), (3, 4)], strict=True):
        task.started_at = f"2026-01-20T10:00:0{start}Z"
        task.completed_at = f"2026-01-20T10:00:0{end}Z"
    assert tasks(events_of(TargetKind.WORKFLOW, snapshot)) == [
        ("loop", "started"),
        ("loop[0]/a", "started"),
        ("loop[0]/a", "completed"),
        ("loop[1]/a", "started"),
        ("loop[1]/a", "completed"),
        ("loop", "completed"),
    ]


def test_progress_never_runs_backwards() -> None:
    events = events_of(
        TargetKind.WORKFLOW,
        workflow_execution(IN_PROGRESS, ("a", DONE)),
        workflow_execution(PENDING, ("a", RUNNING)),
        workflow_execution(0),
        workflow_execution(COMPLETED, ("a", RUNNING)),
        workflow_execution(FAILED, ("a", BROKEN)),
    )
    assert phases(events) == [Phase.IN_PROGRESS, Phase.COMPLETED]
    assert tasks(events) == [("a", "started"), ("a", "completed")]


def test_a_snapshot_without_status_or_ids_is_bearable() -> None:
    bare = workflow_execution(0)
    bare.ClearField("status")
    nameless = workflow_execution(IN_PROGRESS, ("", RUNNING))
    assert events_of(TargetKind.WORKFLOW, bare) == []
    assert tasks(events_of(TargetKind.WORKFLOW, nameless)) == [("#0", "started")]


def test_a_task_says_its_kind_and_its_retries() -> None:
    first = workflow_execution(IN_PROGRESS, ("fetch", RUNNING))
    first.status.tasks[0].metadata.update({"kind": "HTTP_CALL"})
    failed = workflow_execution(IN_PROGRESS, ("fetch", RUNNING))
    failed.status.tasks[0].CopyFrom(first.status.tasks[0])
    failed.status.tasks[0].metadata.update({"attempt": 1, "retry_in": 1.5, "last_error": "503"})
    again = workflow_execution(IN_PROGRESS, ("fetch", RUNNING))
    again.status.tasks[0].CopyFrom(failed.status.tasks[0])
    again.status.tasks[0].metadata.update({"attempt": 2})
    events = events_of(TargetKind.WORKFLOW, first, failed, again, again)
    assert events[1:] == [
        TaskStarted(task="fetch", name="fetch", kind="http_call"),
        TaskNoted(task="fetch", name="fetch", text="503; trying again in 1.5 s"),
        TaskNoted(task="fetch", name="fetch", text="attempt 2"),
    ]
    plain = events_of(TargetKind.WORKFLOW, workflow_execution(0, ("x", RUNNING)))
    assert plain == [TaskStarted(task="x", name="x", kind="api_call")]


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-01-20T10:00:00Z", "2026-01-20T10:00:03.500000Z", 3.5),
        ("2026-01-20T10:00:00.123456", "2026-01-20T10:00:01.123456", 1.0),
        ("2026-01-20T10:00:00", "2026-01-20T10:00:01Z", 1.0),
        ("2026-01-20T12:00:00+02:00", "2026-01-20T10:00:02.000000001Z", 2.0),
        ("2026-01-20T10:00:05Z", "2026-01-20T10:00:00Z", None),
        ("", "2026-01-20T10:00:00Z", None),
        ("yesterday", "today", None),
    ],
)
def test_how_long_a_task_took(start: str, end: str, seconds: float | None) -> None:
    snapshot = workflow_execution(IN_PROGRESS, ("a", DONE))
    snapshot.status.tasks[0].started_at = start
    snapshot.status.tasks[0].completed_at = end
    finished = events_of(TargetKind.WORKFLOW, snapshot)[-1]
    assert isinstance(finished, TaskFinished)
    assert finished.seconds == seconds


def test_a_message_grows_and_is_replaced_only_when_it_must() -> None:
    events = events_of(
        TargetKind.AGENT,
        agent_execution(IN_PROGRESS, (1, "hi"), (2, "The")),
        agent_execution(IN_PROGRESS, (1, "hi"), (2, "The answer")),
        agent_execution(IN_PROGRESS, (1, "hi"), (2, "The")),  # late
        agent_execution(IN_PROGRESS, (1, "hi")),  # partial
        agent_execution(IN_PROGRESS, (1, "hi"), (2, "An answer")),
        agent_execution(COMPLETED, (1, "hi"), (2, "An")),
    )
    assert events[1:-1] == [
        MessageStarted(index=0, role=Role.HUMAN, text="hi"),
        MessageStarted(index=1, role=Role.AI, text="The"),
        MessageGrew(index=1, role=Role.AI, more=" answer"),
        MessageReplaced(index=1, role=Role.AI, text="An answer"),
        MessageReplaced(index=1, role=Role.AI, text="An"),
    ]


def test_the_users_message_is_shown_where_the_server_leaves_it_out() -> None:
    snapshot = agent_execution(IN_PROGRESS, (2, "Hello"))
    snapshot.spec.message = "Say hello"
    assert events_of(TargetKind.AGENT, snapshot, snapshot)[1:] == [
        MessageStarted(index=-1, role=Role.HUMAN, text="Say hello"),
        MessageStarted(index=0, role=Role.AI, text="Hello"),
    ]


def test_tool_calls_follow_the_message_that_made_them() -> None:
    def snapshot(state: int, *, flat: bool) -> Any:
        execution = agent_execution(IN_PROGRESS, (2, "Let me look"), (3, "42 rows"))
        call = execution.status.messages[0].tool_calls.add(id="c1", name="query", status=state)
        call.args.update({"limit": 3})
        if flat:
            execution.status.tool_calls.add().CopyFrom(call)
        return execution

    events = events_of(
        TargetKind.AGENT, snapshot(2, flat=False), snapshot(3, flat=True), snapshot(2, flat=True)
    )
    assert [type(event).__name__ for event in events] == [
        "PhaseChanged",
        "MessageStarted",
        "ToolCallChanged",
        "MessageStarted",
        "ToolCallChanged",
    ]
    calls = [event for event in events if isinstance(event, ToolCallChanged)]
    assert [call.state for call in calls] == [CallState.RUNNING, CallState.COMPLETED]
    assert calls[0].arguments == '{"limit": 3}'


async def test_a_terminal_snapshot_ends_it_though_the_stream_stays_open(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(COMPLETED, ("a", DONE))
        await anyio.sleep_forever()

    server.on_subscribe = subscribe
    assert phases(await follow(server)) == [Phase.COMPLETED]
    assert server.metadata["subscribe"]["stigmer-partial"] == "1"


async def test_an_update_lost_before_the_registration_is_asked_for(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS, ("a", RUNNING))
        await anyio.sleep_forever()  # the terminal update was sent before the server listened

    server.on_subscribe = subscribe
    server.on_get = lambda: workflow_execution(COMPLETED, ("a", DONE))
    events = await follow(server, pace=QUICK)
    assert phases(events)[-1] is Phase.COMPLETED  # on a slow machine it is asked before it is heard
    assert tasks(events) == [("a", "started"), ("a", "completed")]


async def test_a_stream_that_ends_early_is_looked_after(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)

    server.on_subscribe = subscribe
    server.on_get = lambda: workflow_execution(FAILED, error="boom")
    events = await follow(server)
    assert phases(events) == [Phase.IN_PROGRESS, Phase.FAILED]
    assert not any(isinstance(event, Reconnecting) for event in events)


async def test_a_stream_that_always_ends_early_is_a_failure_in_the_end(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)

    server.on_subscribe = subscribe
    events = await follow(server)
    error = events[-1]
    assert isinstance(error, BackendError)
    assert WEX in error.message
    assert f"stigmer executions follow {WEX}" in error.hint
    assert server.subscriptions == PATIENT.attempts + 1


async def test_failures_count_only_as_long_as_nothing_is_new_between_them(server: WeakServer) -> None:
    """A connection that breaks again and again, each time after some progress, is no reason to give up."""
    last = 2 * PATIENT.attempts

    async def subscribe(attempt: int) -> AsyncIterator[Any]:
        phase = COMPLETED if attempt == last else IN_PROGRESS
        yield workflow_execution(phase, *((f"task-{number}", DONE) for number in range(attempt)))

    server.on_subscribe = subscribe
    server.refuse["get"] = (grpc.StatusCode.UNAVAILABLE, "not now")
    events = await follow(server)
    assert phases(events) == [Phase.IN_PROGRESS, Phase.COMPLETED]
    assert [event.attempt for event in events if isinstance(event, Reconnecting)] == [1] * (last - 1)


async def test_the_longer_nothing_is_new_the_more_rarely_a_server_is_asked(server: WeakServer) -> None:
    asked: list[tuple[float, bool, float]] = []

    class Noted(Pace):
        def quiet(self, before: float, *, progressed: bool) -> float:
            after = super().quiet(before, progressed=progressed)
            asked.append((before, progressed, after))
            return after

    async def says_nothing(_: int) -> AsyncIterator[Any]:
        await anyio.sleep_forever()
        yield

    snapshots = [workflow_execution(IN_PROGRESS)] * 5
    snapshots += [workflow_execution(IN_PROGRESS, ("a", DONE)), workflow_execution(COMPLETED, ("a", DONE))]
    server.on_subscribe = says_nothing
    server.on_get = iter(snapshots).__next__
    await follow(server, pace=Noted(quiet_seconds=0.01, quiet_most_seconds=0.05))
    assert asked == [
        (0.01, True, 0.01),
        (0.01, False, 0.02),
        (0.02, False, 0.04),
        (0.04, False, 0.05),
        (0.05, False, 0.05),
        (0.05, True, 0.01),
        (0.01, True, 0.01),
    ]


def test_the_pause_before_the_next_connection_grows() -> None:
    delays = [Pace().delay(failures) for failures in range(1, 9)]
    assert delays == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@pytest.mark.parametrize(
    ("progressed", "lived", "failures"), [(True, 0.0, 1), (False, 5.1, 1), (False, 0.1, 4)]
)
def test_a_stream_that_said_something_or_lived_long_was_no_failure(
    progressed: bool, lived: float, failures: int
) -> None:
    assert Pace().failures(3, progressed=progressed, lived_seconds=lived) == failures


async def test_a_restart_on_the_same_socket_is_survived(server: WeakServer) -> None:
    async def subscribe(attempt: int) -> AsyncIterator[Any]:
        if attempt == 1:
            yield workflow_execution(IN_PROGRESS, ("a", RUNNING))
            await anyio.sleep_forever()
        yield workflow_execution(COMPLETED, ("a", DONE))

    server.on_subscribe = subscribe
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, TaskStarted):
            group.start_soon(restart)

    async def restart() -> None:
        await server.stop()
        await server.start()

    with anyio.fail_after(20):
        async with open_backend(server.address) as backend, anyio.create_task_group() as group:
            view = View(execution=WEX, kind=TargetKind.WORKFLOW)
            pace = Pace(quiet_seconds=60, first_delay_seconds=0.05)
            await Follower(backend, view, emit, pace, server.connect).run()
    assert phases(events) == [Phase.IN_PROGRESS, Phase.COMPLETED]
    assert tasks(events) == [("a", "started"), ("a", "completed")]
    names = [type(event) for event in events]
    assert names.index(Reconnecting) < names.index(Reconnected)


async def test_a_backend_that_died_is_started_again(server: WeakServer) -> None:
    async def subscribe(attempt: int) -> AsyncIterator[Any]:
        if attempt == 1:
            yield workflow_execution(IN_PROGRESS)
            group.start_soon(server.stop)
            await anyio.sleep_forever()
        yield workflow_execution(COMPLETED)

    async def revive() -> object:
        if not server.running:
            await server.start()
        return server.address

    server.on_subscribe = subscribe
    async with anyio.create_task_group() as group:
        events = await follow(server, pace=Pace(quiet_seconds=60), revive=revive)
    assert phases(events) == [Phase.IN_PROGRESS, Phase.COMPLETED]


async def test_a_server_that_never_returns_is_given_up(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)
        group.start_soon(server.stop)
        await anyio.sleep_forever()

    server.on_subscribe = subscribe
    async with anyio.create_task_group() as group:
        events = await follow(server)
    error = events[-1]
    assert isinstance(error, BackendError)
    assert WEX in error.message
    assert WEX in error.hint
    assert sum(isinstance(event, Reconnecting) for event in events) == PATIENT.attempts


@pytest.mark.parametrize("code", ["NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED"])
async def test_an_answer_that_will_not_change_is_not_asked_again(server: WeakServer, code: str) -> None:
    server.refuse["subscribe"] = (grpc.StatusCode[code], "go away")
    error = (await follow(server))[-1]
    assert isinstance(error, BackendError)
    assert "go away" in error.message
    assert server.calls == ["subscribe"]


async def test_a_growing_message_that_is_sent_in_pieces(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        for end in range(1, 6):
            yield agent_execution(IN_PROGRESS, (2, "hello"[:end]))
        yield agent_execution(CANCELLED, (2, "hello"))

    server.on_subscribe = subscribe
    events = await follow(server, TargetKind.AGENT)
    grown = [event.more for event in events if isinstance(event, MessageGrew)]
    assert "".join(grown) == "ello"
    assert phases(events) == [Phase.IN_PROGRESS, Phase.CANCELLED]


async def test_a_snapshot_of_more_than_ten_mebibytes_arrives(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield agent_execution(COMPLETED, (2, "x" * (12 << 20)))

    server.on_subscribe = subscribe
    assert phases(await follow(server, TargetKind.AGENT)) == [Phase.COMPLETED]


@pytest.mark.parametrize("detail", list(Detail))
async def test_a_server_without_the_extension_has_no_requests_to_show(
    server: WeakServer, detail: Detail
) -> None:
    async def ends(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(COMPLETED)

    server.on_subscribe = ends
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    view = View(execution=WEX, kind=TargetKind.WORKFLOW)
    with anyio.fail_after(60):
        async with open_backend(server.address) as backend:
            await Follower(backend, view, emit, PATIENT, _connected, detail).run()
    warned = [event.text for event in events if isinstance(event, Warned)]
    assert len(warned) == (1 if detail else 0)
    assert all("does not record" in text for text in warned)
    assert events[-1] == PhaseChanged(execution=WEX, phase=Phase.COMPLETED)


async def _connected() -> None:
    """There is no other one."""


async def test_what_nothing_takes_up_is_said_once(server: WeakServer) -> None:
    asked = 0

    async def never(attempt: int) -> AsyncIterator[Any]:
        yield workflow_execution(PENDING)
        await anyio.sleep_forever()

    def get() -> Any:
        nonlocal asked
        asked += 1
        return workflow_execution(PENDING if asked < 6 else COMPLETED)

    server.on_subscribe, server.on_get = never, get
    events = await follow(server, pace=Pace(quiet_seconds=0.01, quiet_most_seconds=0.02, pending_seconds=0))
    assert [event.text for event in events if isinstance(event, Warned)] == [STILL_PENDING]
