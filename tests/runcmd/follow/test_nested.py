"""Following an execution with all that it starts, on servers that have nothing but the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import grpc
import pytest

from runcmd.backend.calls import open_backend
from runcmd.errors import BackendError
from runcmd.events import (
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageStarted,
    Nested,
    Phase,
    PhaseChanged,
    TargetKind,
    TaskFinished,
    TaskStarted,
    Warned,
)
from runcmd.follow.nested import MOST_STREAMS, DeepFollower
from runcmd.follow.pace import Pace
from runcmd.follow.view import View
from tests.support.weak_server import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    WEX,
    OtherExecution,
    WeakServer,
    agent_execution,
    workflow_execution,
)

QUICK = Pace(quiet_seconds=0.05, quiet_most_seconds=0.1, first_delay_seconds=0.01, attempts=4)
# Never asks by itself: what is seen came over the stream, or was asked for at the end of a task.
PATIENT = Pace(quiet_seconds=60, first_delay_seconds=0.01, attempts=4)
RUNNING, DONE, BROKEN = 2, 3, 4
HUMAN, AI = 1, 2


def parent(phase: int, *tasks: tuple[str, int, str], **status: Any) -> Any:
    """A workflow whose tasks each started the execution of that id."""
    snapshot = workflow_execution(phase, *((name, state) for name, state, _ in tasks), **status)
    for task, (_, _, execution) in zip(snapshot.status.tasks, tasks, strict=True):
        task.metadata.update({"kind": "AGENT_CALL", "execution_id": execution})
    return snapshot


def agent(number: int, phase: int, text: str, **status: Any) -> Any:
    snapshot = agent_execution(phase, (HUMAN, "go"), (AI, text), **status)
    snapshot.metadata.id = f"aex-{number}"
    snapshot.metadata.name = f"helper-{number}"
    return snapshot


class Followed:
    """The events of a run, as they come."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.error: BackendError | None = None
        self._news = anyio.Event()

    async def emit(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()
        self._news = anyio.Event()

    async def until(self, found: Callable[[Event], bool]) -> None:
        while not any(map(found, self.events)):
            await self._news.wait()

    async def run(self, server: WeakServer, pace: Pace = PATIENT) -> None:
        async with open_backend(server.address) as backend:
            follower = DeepFollower(
                backend, View(execution=WEX, kind=TargetKind.WORKFLOW), self.emit, pace, server.connect
            )
            try:
                await follower.run()
            except BackendError as error:
                self.error = error

    def of(self, execution: str) -> list[Event]:
        return [
            each.event
            for each in self.events
            if isinstance(each, Nested) and each.nested.execution == execution
        ]

    def text_of(self, execution: str) -> str:
        """What its agent said, in pieces or at once."""
        return "".join(
            event.text if isinstance(event, MessageStarted) else event.more
            for event in self.of(execution)
            if isinstance(event, MessageStarted | MessageGrew) and event.index == 1
        )

    def heard(self) -> set[str]:
        """The executions that have said something."""
        nested = [each for each in self.events if isinstance(each, Nested)]
        return {each.nested.execution for each in nested if isinstance(each.event, MessageStarted)}

    def place(self, event: Event) -> int:
        assert self.events.count(event) == 1
        return self.events.index(event)


async def follow(server: WeakServer, pace: Pace = PATIENT) -> Followed:
    followed = Followed()
    with anyio.fail_after(60):
        await followed.run(server, pace)
    return followed


def ending(events: list[Event], task: str) -> int:
    return next(i for i, each in enumerate(events) if isinstance(each, TaskFinished) and each.task == task)


async def test_what_a_task_started_is_followed_as_it_grows(server: WeakServer) -> None:
    grown = anyio.Event()

    async def works(_: int) -> AsyncIterator[Any]:
        yield agent(1, IN_PROGRESS, "One ")
        await grown.wait()
        yield agent(1, IN_PROGRESS, "One two ")
        yield agent(1, COMPLETED, "One two three")

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-1"))
        await ended.wait()
        yield parent(COMPLETED, ("ask", DONE, "aex-1"))

    ended = anyio.Event()
    server.others["aex-1"] = OtherExecution(lambda: agent(1, COMPLETED, "One two three"), works)
    server.on_subscribe = parents
    followed = Followed()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(followed.run, server)
            await followed.until(lambda event: "One " in repr(event))
            grown.set()
            await followed.until(lambda event: isinstance(event, Nested) and "completed" in repr(event.event))
            ended.set()
    first, *_, last = followed.of("aex-1")
    assert first == ExecutionCreated(execution="aex-1", kind=TargetKind.AGENT, name="helper-1")
    assert last == PhaseChanged(execution="aex-1", phase=Phase.COMPLETED)
    assert followed.text_of("aex-1") == "One two three"
    started = followed.place(TaskStarted(task="ask", name="ask", kind="agent_call"))
    assert started < followed.events.index(next(e for e in followed.events if isinstance(e, Nested)))
    assert server.others["aex-1"].gets == 0


async def test_the_end_of_a_task_waits_for_what_it_started(server: WeakServer) -> None:
    """The nested stream never says more; the parent's end makes us ask."""

    async def silent(_: int) -> AsyncIterator[Any]:
        yield agent(1, IN_PROGRESS, "half")
        await anyio.sleep_forever()

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-1"))
        await heard.wait()
        yield parent(COMPLETED, ("ask", DONE, "aex-1"))

    heard = anyio.Event()
    asked = iter([IN_PROGRESS, IN_PROGRESS])
    server.others["aex-1"] = OtherExecution(
        lambda: agent(1, phase, "half") if (phase := next(asked, COMPLETED)) != COMPLETED else whole, silent
    )
    whole = agent(1, COMPLETED, "half and half")
    server.on_subscribe = parents
    followed = Followed()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(followed.run, server)
            await followed.until(lambda event: "half" in repr(event))
            heard.set()
    assert followed.text_of("aex-1") == "half and half"
    assert [type(event) for event in followed.events[-3:]] == [Nested, TaskFinished, PhaseChanged]
    assert server.others["aex-1"].gets == 3


async def test_one_that_never_ends_keeps_nobody_waiting(server: WeakServer) -> None:
    async def silent(_: int) -> AsyncIterator[Any]:
        yield agent(1, IN_PROGRESS, "still at it")
        await anyio.sleep_forever()

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(COMPLETED, ("ask", DONE, "aex-1"))

    server.others["aex-1"] = OtherExecution(lambda: agent(1, IN_PROGRESS, "still at it"), silent)
    server.on_subscribe = parents
    followed = await follow(server)
    assert followed.text_of("aex-1") == "still at it"
    assert followed.events[-1] == PhaseChanged(execution=WEX, phase=Phase.COMPLETED)
    warned = [event for event in followed.of("aex-1") if isinstance(event, Warned)]
    assert [(each.text, each.hint) for each in warned] == [
        ("it goes on, and is not shown any more", "stigmer executions follow aex-1")
    ]


async def test_one_that_failed_says_why_at_its_place(server: WeakServer) -> None:
    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(FAILED, ("ask", BROKEN, "aex-1"), error="task ask failed")

    server.others["aex-1"] = OtherExecution(lambda: agent(1, FAILED, "I try", error="no key"), _nothing)
    server.on_subscribe = parents
    followed = await follow(server)
    assert followed.of("aex-1")[-1] == PhaseChanged(execution="aex-1", phase=Phase.FAILED, error="no key")
    assert followed.events[-1] == PhaseChanged(execution=WEX, phase=Phase.FAILED, error="task ask failed")


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED]
)
async def test_what_cannot_be_followed_is_said_and_stops_nothing(
    server: WeakServer, code: grpc.StatusCode
) -> None:
    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-1"))
        yield parent(COMPLETED, ("ask", DONE, "aex-1"))

    server.others["aex-1"] = OtherExecution(lambda: None, _nothing)
    server.refuse["get:aex-1"] = server.refuse["subscribe:aex-1"] = (code, "not for you")
    server.on_subscribe = parents
    followed = await follow(server)
    created, warned = followed.of("aex-1")
    assert isinstance(created, ExecutionCreated)
    assert isinstance(warned, Warned)
    assert warned.text.startswith("what it does cannot be shown")
    assert followed.events[-1] == PhaseChanged(execution=WEX, phase=Phase.COMPLETED)


async def test_a_broken_stream_of_a_nested_execution_shows_nothing_twice(server: WeakServer) -> None:
    async def breaks(attempt: int) -> AsyncIterator[Any]:
        yield agent(1, IN_PROGRESS, "One two"[: 3 + attempt])
        if attempt >= 4:
            yield agent(1, COMPLETED, "One two three")

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-1"))
        await over.wait()
        yield parent(COMPLETED, ("ask", DONE, "aex-1"))

    over = anyio.Event()
    other = server.others["aex-1"] = OtherExecution(lambda: agent(1, IN_PROGRESS, "One"), breaks)
    server.on_subscribe = parents
    followed = Followed()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(followed.run, server)
            await followed.until(lambda event: isinstance(event, Nested) and "completed" in repr(event.event))
            over.set()
    assert other.subscriptions == 4
    assert followed.text_of("aex-1") == "One two three"
    assert len(followed.of("aex-1")) == len(set(map(repr, followed.of("aex-1"))))
    assert followed.error is None
    assert {"Reconnecting", "Reconnected"}.isdisjoint(type(event).__name__ for event in followed.events)


async def test_a_task_that_was_tried_again_has_two(server: WeakServer) -> None:
    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-1"))
        yield parent(IN_PROGRESS, ("ask", RUNNING, "aex-2"))
        yield parent(COMPLETED, ("ask", DONE, "aex-2"))

    for number, phase in ((1, FAILED), (2, COMPLETED)):
        _ended(server, number, phase)
    server.on_subscribe = parents
    followed = await follow(server)
    assert [followed.of(f"aex-{number}")[-1] for number in (1, 2)] == [
        PhaseChanged(execution="aex-1", phase=Phase.FAILED),
        PhaseChanged(execution="aex-2", phase=Phase.COMPLETED),
    ]


async def test_deep_ones_have_their_whole_path_and_end_before_what_started_them(server: WeakServer) -> None:
    def child() -> Any:
        snapshot = parent(COMPLETED, ("each[1]/ask", DONE, "aex-1"))
        snapshot.metadata.id, snapshot.metadata.name = "wex-2", "middle"
        return snapshot

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(COMPLETED, ("run", DONE, "wex-2"))

    _ended(server, 1, COMPLETED)
    server.others["wex-2"] = OtherExecution(child, _nothing)
    server.on_subscribe = parents
    followed = await follow(server)
    created = [each for each in followed.events if isinstance(each, Nested) and "Created" in repr(each.event)]
    assert [(each.nested.name, each.nested.path, each.nested.parent) for each in created] == [
        ("middle", ("run",), WEX),
        ("helper-1", ("run", "each[1]/ask"), "wex-2"),
    ]
    inner = [each for each in followed.events if isinstance(each, Nested)]
    ends = [each.nested.execution for each in inner if isinstance(each.event, PhaseChanged | TaskFinished)]
    assert ends.index("aex-1") < ends.index("wex-2")
    assert [type(event) for event in followed.events[-2:]] == [TaskFinished, PhaseChanged]


async def test_a_server_that_says_an_execution_started_itself(server: WeakServer) -> None:
    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(COMPLETED, ("ask", DONE, WEX))

    server.on_subscribe = parents
    followed = await follow(server)
    assert not any(isinstance(event, Nested) for event in followed.events)


async def test_no_more_streams_at_once_than_agreed_and_all_of_it_is_shown(server: WeakServer) -> None:
    count = MOST_STREAMS + 9
    open_now, most = 0, 0
    full, go_on = anyio.Event(), anyio.Event()

    def works(number: int) -> Callable[[int], AsyncIterator[Any]]:
        async def stream(_: int) -> AsyncIterator[Any]:
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            if open_now == MOST_STREAMS:
                full.set()
            try:
                yield agent(number, IN_PROGRESS, "I")
                await go_on.wait()
                yield agent(number, COMPLETED, "I am done")
            finally:
                open_now -= 1

        return stream

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, *((f"t{n}", RUNNING, f"aex-{n}") for n in range(count)))
        await go_on.wait()
        yield parent(COMPLETED, *((f"t{n}", DONE, f"aex-{n}") for n in range(count)))

    for number in range(count):
        done = agent(number, COMPLETED, "I am done")
        server.others[f"aex-{number}"] = OtherExecution(lambda done=done: done, works(number))
    server.on_subscribe = parents
    followed = Followed()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(followed.run, server)
            await full.wait()
            # Whoever may open a stream has done so by the time that these are heard.
            await followed.until(lambda _: len(followed.heard()) >= MOST_STREAMS)
            go_on.set()
    assert most <= MOST_STREAMS
    for number in range(count):
        assert followed.text_of(f"aex-{number}") == "I am done"
        last = max(i for i, each in enumerate(followed.events) if f"aex-{number}'" in repr(each))
        assert last < ending(followed.events, f"t{number}")


async def test_workflows_that_wait_leave_room_for_agents(server: WeakServer) -> None:
    def works(snapshot: Any) -> Callable[[int], AsyncIterator[Any]]:
        async def stream(_: int) -> AsyncIterator[Any]:
            yield snapshot
            await go_on.wait()

        return stream

    def child(number: int, phase: int = IN_PROGRESS) -> Any:
        snapshot = workflow_execution(phase)
        snapshot.metadata.id = f"wex-{number}"
        return snapshot

    async def parents(_: int) -> AsyncIterator[Any]:
        yield parent(IN_PROGRESS, *((f"t{n}", RUNNING, each) for n, each in enumerate(started)))
        await go_on.wait()
        yield parent(COMPLETED, *((f"t{n}", DONE, each) for n, each in enumerate(started)))

    go_on = anyio.Event()
    started = [*(f"wex-{n}" for n in range(MOST_STREAMS + 1)), "aex-1"]
    for number in range(MOST_STREAMS + 1):
        over = child(number, COMPLETED)
        server.others[f"wex-{number}"] = OtherExecution(lambda over=over: over, works(child(number)))
    server.others["aex-1"] = OtherExecution(
        lambda: agent(1, COMPLETED, "I speak"), works(agent(1, IN_PROGRESS, "I"))
    )
    server.on_subscribe = parents
    followed = Followed()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(followed.run, server)
            await followed.until(lambda event: "MessageStarted" in repr(event))
            go_on.set()
    assert followed.text_of("aex-1") == "I speak"


async def test_what_is_over_is_asked_for_together_and_told_in_its_order(server: WeakServer) -> None:
    count = MOST_STREAMS + 3
    asked: set[str] = set()
    several = anyio.Event()

    def slow(execution: str) -> Callable[[], Awaitable[object]]:
        async def answer() -> None:
            asked.add(execution)
            if len(asked) == MOST_STREAMS:
                several.set()
            await several.wait()

        return answer

    for number in range(count):
        _ended(server, number, COMPLETED)
        server.gate[f"get:aex-{number}"] = slow(f"aex-{number}")
    whole = parent(COMPLETED, *((f"t{n}", DONE, f"aex-{n}") for n in range(count)))
    followed = Followed()
    with anyio.fail_after(60):
        async with open_backend(server.address) as backend:
            view = View(execution=WEX, kind=TargetKind.WORKFLOW)
            await DeepFollower(backend, view, followed.emit, PATIENT, server.connect).accept(whole)
    ends = [event.task for event in followed.events if isinstance(event, TaskFinished)]
    assert ends == [f"t{number}" for number in range(count)]
    for number in range(count):
        assert server.others[f"aex-{number}"].gets == 1
        assert followed.text_of(f"aex-{number}") == "done"
        last = max(i for i, each in enumerate(followed.events) if f"aex-{number}'" in repr(each))
        assert last < ending(followed.events, f"t{number}")


async def test_a_run_that_starts_nothing_asks_nothing_more(server: WeakServer) -> None:
    async def alone(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS, ("a", RUNNING))
        yield workflow_execution(COMPLETED, ("a", DONE))

    server.on_subscribe = alone
    await follow(server)
    assert server.calls == ["subscribe"]


def _ended(server: WeakServer, number: int, phase: int) -> None:
    server.others[f"aex-{number}"] = OtherExecution(lambda: agent(number, phase, "done"), _nothing)


async def _nothing(_: int) -> AsyncIterator[Any]:
    return
    yield
