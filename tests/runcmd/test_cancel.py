"""A run is cancelled, or breaks: what it leaves, and what it says of that."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest

from runcmd.backend.address import Address
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    ExecutionCreated,
    MessageStarted,
    Nested,
    Outcome,
    PhaseChanged,
    RunFinished,
    SynthesisStarted,
    TaskFinished,
)
from runcmd.pipeline import Run, open_run
from tests.runcmd.running import BROKEN, ONE, cancel_on, finished, of, request, run, runs_forever
from tests.support.weak_server import (
    AEX,
    CANCELLED,
    IN_PROGRESS,
    WEX,
    OtherExecution,
    WeakServer,
    agent_execution,
    workflow_execution,
)


async def test_a_cancel_while_following_is_confirmed(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert of(CancelStarted, events) == [CancelStarted(execution=WEX, reason=CancelReason.INTERRUPTED)]
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.CONFIRMED
    assert of(PhaseChanged, events)[-1].phase.value == "cancelled"
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.CANCELLED, 130)
    assert server.cancelled == [WEX]


async def test_reasons_only_escalate(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)

    def act(event: Event, running: Run) -> None:
        if isinstance(event, PhaseChanged) and not event.phase.terminal:
            running.cancel(CancelReason.SUPERSEDED)
        if isinstance(event, CancelStarted):
            running.cancel(CancelReason.TERMINATED)
            running.cancel(CancelReason.TIMEOUT)

    events = await run(request(selector="build"), server.connect, act=act)
    assert finished(events).exit_code == 143
    assert len(of(CancelStarted, events)) == 1


async def test_a_server_that_cannot_cancel_keeps_running_and_we_say_so(short_dir: Path) -> None:
    server = WeakServer(short_dir / "bare")
    server.cancels = False
    await server.start()
    server.has("workflow", "build")
    runs_forever(server)
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.UNSUPPORTED
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.DETACHED, 130)
    assert end.error == f"detached: this server cannot cancel, so {WEX} goes on"
    assert end.hint == f"look again with: stigmer executions follow {WEX}"
    await server.stop()


async def test_a_cancel_that_is_not_answered_is_bounded(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    server.gate["cancel"] = anyio.sleep_forever
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.UNREACHABLE
    assert of(CancelFinished, events)[0].seconds < 5
    assert finished(events).outcome is Outcome.DETACHED


async def test_what_was_cancelled_is_so_even_if_its_last_words_do_not_come(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    server.gate["get"] = anyio.sleep_forever
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.CONFIRMED
    assert finished(events).outcome is Outcome.CANCELLED


async def test_a_timeout_cancels(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    events = await run(request(selector="build", timeout=0.3), server.connect)
    assert of(CancelStarted, events)[0].reason is CancelReason.TIMEOUT
    assert finished(events).exit_code == 124


async def test_a_cancel_during_the_synthesis(server: WeakServer, make_project: Any) -> None:
    events = await run(
        request(make_project("while True: pass")), server.connect, act=cancel_on(SynthesisStarted)
    )
    assert of(CancelStarted, events)[0].execution == ""
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.CANCELLED, 130)
    assert server.calls == []


async def test_a_cancel_during_the_deployment(server: WeakServer, make_project: Any) -> None:
    applying = anyio.Event()

    async def gate() -> None:
        applying.set()
        await anyio.sleep_forever()

    server.gate["workflow.apply"] = gate
    events: list[Event] = []
    with anyio.fail_after(20):
        async with open_run(request(make_project(ONE)), server.connect) as running:
            await applying.wait()
            running.cancel(CancelReason.INTERRUPTED)
            events = [event async for event in running]
    assert finished(events).exit_code == 130
    assert server.created == []


async def test_what_was_created_just_as_we_were_cancelled_is_cancelled_too(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    creating, go_on = anyio.Event(), anyio.Event()

    async def gate() -> None:
        creating.set()
        await go_on.wait()

    server.gate["create"] = gate
    with anyio.fail_after(20):
        async with open_run(request(selector="build"), server.connect) as running:
            await creating.wait()
            running.cancel(CancelReason.INTERRUPTED)
            go_on.set()
            events = [event async for event in running]
    assert server.cancelled == [WEX]
    assert of(ExecutionCreated, events)[0].execution == WEX
    assert (finished(events).outcome, finished(events).exit_code) == (Outcome.CANCELLED, 130)


async def test_a_create_that_is_never_answered_does_not_hold_a_cancel(server: WeakServer) -> None:
    server.has("workflow", "build")
    creating = anyio.Event()

    async def gate() -> None:
        creating.set()
        await anyio.sleep_forever()

    server.gate["create"] = gate
    with anyio.fail_after(20):
        async with open_run(request(selector="build"), server.connect) as running:
            await creating.wait()
            running.cancel(CancelReason.INTERRUPTED)
            events = [event async for event in running]
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.CANCELLED, 130)
    assert "before the backend said" in end.error
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.UNREACHABLE


async def test_leaving_early_cancels_and_leaks_nothing(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    for _ in range(3):
        async with open_run(request(selector="build"), server.connect) as running:
            async for event in running:
                if isinstance(event, PhaseChanged):
                    break
    assert server.cancelled == [WEX] * 3
    gc.collect()
    assert threading.active_count() < 20


async def test_an_error_of_the_caller_comes_out_as_it_is(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    with pytest.raises(ZeroDivisionError):
        async with open_run(request(selector="build"), server.connect) as running:
            async for event in running:
                if isinstance(event, PhaseChanged):
                    raise ZeroDivisionError
    assert server.cancelled == [WEX]


async def test_the_callers_own_scope_may_cancel(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    with anyio.move_on_after(20) as scope:
        async with open_run(request(selector="build"), server.connect) as running:
            async for event in running:
                if isinstance(event, PhaseChanged):
                    scope.cancel()
    assert server.cancelled == [WEX]


async def test_a_bug_is_told_and_raised(server: WeakServer) -> None:
    async def connect() -> Address:
        raise KeyError("oops")

    events: list[Event] = []
    with pytest.raises(KeyError):
        async with open_run(request(selector="x"), connect) as running:
            events = [event async for event in running]
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.ERROR, 1)
    assert "KeyError" in end.error


async def test_a_confirmed_cancel_is_one_though_the_last_words_never_come(server: WeakServer) -> None:
    runs_forever(server)
    server.has("workflow", "build")
    server.gate["get"] = anyio.sleep_forever
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert [event.outcome for event in of(CancelFinished, events)] == [CancelOutcome.CONFIRMED]
    assert finished(events).outcome is Outcome.CANCELLED


async def test_what_was_started_just_before_a_cancel_is_shown_too(server: WeakServer) -> None:
    def last() -> Any:
        if not server.cancelled:
            return workflow_execution(IN_PROGRESS)
        snapshot = workflow_execution(CANCELLED, ("ask", BROKEN))
        snapshot.status.tasks[0].metadata.update({"execution_id": AEX})
        return snapshot

    runs_forever(server)
    server.has("workflow", "build")
    server.on_get = last
    nested = agent_execution(CANCELLED, (1, "go"), (2, "I was about to"))
    server.others[AEX] = OtherExecution(lambda: nested, server.on_subscribe)
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert finished(events).outcome is Outcome.CANCELLED
    inside = of(Nested, events)
    assert [type(event.event) for event in inside] == [
        ExecutionCreated,
        MessageStarted,
        MessageStarted,
        PhaseChanged,
    ]
    assert [type(event) for event in events[events.index(inside[-1]) + 1 :]] == [
        TaskFinished,
        PhaseChanged,
        CancelFinished,
        RunFinished,
    ]
