"""A whole run: what it says, what it asks of the backend, how it ends."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import grpc
import pytest

from runcmd.apply import open_apply
from runcmd.backend.address import Address
from runcmd.deploy import deploy
from runcmd.errors import BackendError
from runcmd.events import (
    Action,
    AppliedChange,
    ApplyFinished,
    BackendConnected,
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    ExecutionCreated,
    Outcome,
    PhaseChanged,
    ProjectFound,
    ResourceApplied,
    ResourcePlanned,
    RunFinished,
    SynthesisFinished,
    SynthesisStarted,
    TargetKind,
    TargetResolved,
    TaskFinished,
    Warned,
)
from runcmd.follow.pace import Pace
from runcmd.pipeline import Choose, Connect, Run, open_run
from runcmd.project import Project
from runcmd.reattach import open_follow
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.resolve import Candidate
from runcmd.synthesis.discover import discover
from tests.support.project import PYTHON, load_project
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

DONE, BROKEN = 3, 4
QUICK = Pace(quiet_seconds=0.05, first_delay_seconds=0.01, attempts=3)
ONE = """
from stigmer import Workflow
Workflow("build", namespace="demo").set("start", {"a": "1"})
"""
TWO = ONE + 'from stigmer import Agent\nAgent("helper", "Help whoever asks.", description="Helps")\n'


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Project]:
    def write(program: str, more: str = "") -> Project:
        return load_project(tmp_path, program, yaml=PYTHON + more)

    return write


def request(project: Project | None = None, selector: str | None = None, **more: Any) -> RunRequest:
    return RunRequest(project=project, selector=selector, **more)


Act = Callable[[Event, Run], object]


async def run(
    asked: RunRequest, connect: Connect, choose: Choose | None = None, act: Act | None = None
) -> list[Event]:
    """All events; `act` may cancel on any of them."""
    events: list[Event] = []
    with anyio.fail_after(30):
        async with open_run(asked, connect, choose, pace=QUICK) as running:
            async for event in running:
                events.append(event)
                if act is not None:
                    act(event, running)
    assert [isinstance(event, RunFinished) for event in events].count(True) == 1
    assert isinstance(events[-1], RunFinished)
    return events


def finished(events: Sequence[Event]) -> RunFinished:
    assert isinstance(events[-1], RunFinished)
    return events[-1]


def of(kind: type, events: Sequence[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def completes(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(PENDING)
        yield workflow_execution(IN_PROGRESS, ("start", 2))
        last = workflow_execution(COMPLETED, ("start", DONE))
        last.status.started_at, last.status.completed_at = "2026-01-20T10:00:00", "2026-01-20T10:00:03"
        last.status.output.update({"a": 1, "b": [1.5]})
        yield last

    server.on_subscribe = subscribe


def runs_forever(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)
        await anyio.sleep_forever()

    server.on_subscribe = subscribe
    server.on_get = lambda: workflow_execution(CANCELLED if server.cancelled else IN_PROGRESS)


def cancel_on(kind: type, reason: CancelReason = CancelReason.INTERRUPTED) -> Act:
    return lambda event, running: running.cancel(reason) if isinstance(event, kind) else None


async def test_a_run_in_a_project_from_end_to_end(server: WeakServer, project: Any) -> None:
    completes(server)
    events = await run(request(project(TWO), "build", message="Go"), server.connect)
    assert [type(event) for event in events[:2]] == [ProjectFound, SynthesisStarted]
    order = [SynthesisFinished, BackendConnected, ResourceApplied, ApplyFinished, TargetResolved]
    order += [ExecutionCreated, PhaseChanged, TaskFinished, RunFinished]
    places = [next(at for at, event in enumerate(events) if isinstance(event, kind)) for kind in order]
    assert places == sorted(places)
    assert {(each.name, each.change) for each in of(ResourceApplied, events)} == {
        ("helper", AppliedChange.CREATED),
        ("build", AppliedChange.CREATED),
    }
    end = finished(events)
    assert (end.outcome, end.exit_code, end.execution) == (Outcome.SUCCEEDED, 0, WEX)
    assert (end.seconds, end.totals.tasks, end.totals.completed) == (3.0, 1, 1)
    assert end.answer == '{"a": 1, "b": [1.5]}'
    (created,) = server.created
    assert (created.metadata.org, created.metadata.owner_scope) == ("local", 2)
    assert (created.spec.trigger_message, created.spec.workflow_id) == (
        "Go",
        server.resources["workflow", "build"].metadata.id,
    )


async def test_what_did_not_change_is_not_applied_again(server: WeakServer, project: Any) -> None:
    completes(server)
    await run(request(project(TWO), "build"), server.connect)
    server.calls.clear()
    events = await run(request(project(TWO.replace("Helps", "Helps a lot")), "build"), server.connect)
    assert {(each.name, each.change) for each in of(ResourceApplied, events)} == {
        ("helper", AppliedChange.UPDATED),
        ("build", AppliedChange.UNCHANGED),
    }
    assert [call for call in server.calls if ".apply:" in call] == ["agent.apply:helper"]
    assert of(ApplyFinished, events)[0].changed == 1


async def test_a_server_without_the_extension_is_asked_one_by_one(short_dir: Path, project: Any) -> None:
    server = WeakServer(short_dir / "bare")
    server.lists = False
    await server.start()
    completes(server)
    await run(request(project(ONE)), server.connect)
    events = await run(request(project(ONE)), server.connect)
    assert [each.change for each in of(ResourceApplied, events)] == [AppliedChange.UNCHANGED]
    assert "workflow.getByReference:build" in server.calls
    await server.stop()


async def test_outside_a_project_few_calls_are_made(server: WeakServer) -> None:
    server.has("workflow", "build")
    events = await run(request(selector="build", follow=False), server.connect)
    assert [call for call in server.calls if ":" not in call] == ["workflow.getByReference", "create"]
    end = finished(events)
    assert (end.outcome, end.exit_code, end.execution) == (Outcome.DETACHED, 0, WEX)
    assert f"stigmer executions follow {WEX}" in end.hint


async def test_an_agent_outside_a_project(server: WeakServer) -> None:
    helper = server.has("agent", "my-helper", "My Helper")

    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield agent_execution(COMPLETED, (1, "Hi"), (2, "Hello"))

    server.on_subscribe = subscribe
    variables = (
        RuntimeVariable(name="A", value="1", secret=False),
        RuntimeVariable(name="B", value="2", secret=True),
        RuntimeVariable(name="C", value="", secret=False),
    )
    events = await run(request(selector="My Helper", env=variables, org="acme"), server.connect)
    assert finished(events).answer == "Hello"
    assert of(Warned, events)[0].text.startswith("C has no value")
    (created,) = server.created
    assert (created.metadata.org, created.metadata.owner_scope) == ("acme", 0)
    assert (created.spec.agent_id, created.spec.message) == (helper.metadata.id, "execute")
    assert {name: (each.value, each.is_secret) for name, each in created.spec.runtime_env.items()} == {
        "A": ("1", False),
        "B": ("2", True),
    }


@pytest.mark.parametrize("separator", ["-", "_"])
async def test_by_id(server: WeakServer, separator: str) -> None:
    helper = server.has("agent", "helper")
    selector = helper.metadata.id.replace("-", separator)
    events = await run(request(selector=selector, follow=False), server.connect)
    assert finished(events).execution == AEX


async def test_not_found_with_the_nearest_names(server: WeakServer) -> None:
    server.has("agent", "reviewer")
    end = finished(await run(request(selector="reviewr"), server.connect))
    assert (end.outcome, end.exit_code) == (Outcome.ERROR, 1)
    assert end.error == "Agent or Workflow not found: reviewr"
    assert end.hint == 'did you mean "reviewer"?'
    assert end.details[0] == "Checked for:"


async def test_only_not_found_means_not_found(server: WeakServer) -> None:
    server.has("agent", "helper")
    server.refuse["workflow.getByReference"] = (grpc.StatusCode.PERMISSION_DENIED, "not yours")
    end = finished(await run(request(selector="helper"), server.connect))
    assert end.exit_code == 4
    assert "not yours" in end.error


async def test_a_manifest_that_is_known_already_is_not_discovered_again(
    server: WeakServer, project: Any
) -> None:
    async def ignore(_: Event) -> None: ...

    manifest = await discover(project(ONE), ignore)
    events: list[Event] = []

    async def hear(event: Event) -> None:
        events.append(event)

    async with deploy(request(project("1 / 0")), server.connect, hear, manifest=manifest) as deployed:
        assert [each.name for each in deployed.candidates] == ["build"]
    assert of(SynthesisStarted, events) == []


async def test_a_variable_that_is_missing_is_a_matter_of_flags(server: WeakServer) -> None:
    server.has("workflow", "build")
    server.refuse["create"] = (grpc.StatusCode.FAILED_PRECONDITION, "no value for TOKEN")
    end = finished(await run(request(selector="build"), server.connect))
    assert (end.exit_code, end.error) == (2, "no value for TOKEN")
    assert "--runtime-env" in end.hint


async def test_a_create_that_is_not_answered_may_have_worked(server: WeakServer) -> None:
    server.has("workflow", "build")
    server.refuse["create"] = (grpc.StatusCode.UNAVAILABLE, "connection reset")
    end = finished(await run(request(selector="build"), server.connect))
    assert end.exit_code == 4
    assert "stigmer executions list" in end.hint


async def test_nothing_to_run(server: WeakServer) -> None:
    end = finished(await run(request(), server.connect))
    assert end.exit_code == 2
    assert end.error == "No Stigmer.yaml found in current directory"
    assert server.calls == []


async def test_one_of_several(server: WeakServer, project: Any) -> None:
    completes(server)
    asked: list[str] = []

    async def choose(candidates: Sequence[Candidate]) -> Candidate | None:
        asked.extend(f"{each.kind.title} {each.name}" for each in candidates)
        return candidates[1]

    async def nobody(_: Sequence[Candidate]) -> None:
        return None

    events = await run(request(project(TWO)), server.connect, choose)
    assert asked == ["Agent helper", "Workflow build"]
    assert (of(TargetResolved, events)[0].name, of(TargetResolved, events)[0].how) == ("build", "chosen")
    for chooser in (None, nobody):
        end = finished(await run(request(project(TWO)), server.connect, chooser))
        assert end.exit_code == 1
        assert end.details == ("Run one of:", "  stigmer run helper", "  stigmer run build")
    events = await run(request(project(TWO), default="build"), server.connect)
    assert of(TargetResolved, events)[0].how == "default"
    end = finished(await run(request(project(TWO), default="biuld"), server.connect))
    assert (end.exit_code, end.hint) == (2, 'did you mean "build"?')


async def test_a_failed_execution_fails_the_run(server: WeakServer) -> None:
    server.has("workflow", "build")

    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(FAILED, ("fetch", BROKEN))

    server.on_subscribe = subscribe
    end = finished(await run(request(selector="build"), server.connect))
    assert (end.outcome, end.exit_code, end.totals.failed) == (Outcome.FAILED, 1, 1)
    assert "fetch" in end.error


async def test_a_broken_project_does_not_touch_the_backend(server: WeakServer, project: Any) -> None:
    end = finished(await run(request(project("1 / 0")), server.connect))
    assert (end.exit_code, end.facts["line"]) == (3, "1")
    assert server.calls == []


async def test_no_backend_ends_the_synthesis(project: Any) -> None:
    async def connect() -> Address:
        raise BackendError("no backend here", hint="start one")

    end = finished(await run(request(project("while True: pass")), connect))
    assert (end.exit_code, end.error, end.hint) == (4, "no backend here", "start one")


async def test_nobody_listens(short_dir: Path) -> None:
    async def connect() -> Address:
        return Address(target=f"unix:{short_dir / 'nobody'}")

    end = finished(await run(request(selector="x"), connect))
    assert end.exit_code == 4
    assert "cannot reach the backend" in end.error


async def test_a_partial_failure_says_what_was_deployed(server: WeakServer, project: Any) -> None:
    server.refuse["workflow.apply:build"] = (grpc.StatusCode.INVALID_ARGUMENT, "spec.tasks: too many")
    end = finished(await run(request(project(TWO), "build"), server.connect))
    assert end.exit_code == 3
    assert end.error == "could not deploy workflow build: spec.tasks: too many"
    assert list(end.details[-4:]) == ["Deployed:", "  agent helper", "Not deployed:", "  workflow build"]
    assert server.created == []


async def test_a_list_that_fails_stops_the_run(server: WeakServer, project: Any) -> None:
    server.refuse["list"] = (grpc.StatusCode.INTERNAL, "disk on fire")
    end = finished(await run(request(project(ONE)), server.connect))
    assert (end.exit_code, "disk on fire" in end.error) == (4, True)


async def test_the_token_travels_in_the_metadata(server: WeakServer) -> None:
    server.has("workflow", "build")

    async def connect() -> Address:
        return Address(target=server.address.target, token="hunter2")

    await run(request(selector="build", follow=False), connect)
    assert server.metadata["create"]["authorization"] == "Bearer hunter2"
    assert "hunter2" not in repr(await connect())


async def test_a_port_is_reached_without_the_proxy_of_the_environment(
    server: WeakServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    server.has("workflow", "build")

    async def connect() -> Address:
        return Address(target=f"localhost:{server.port}")

    end = finished(await run(request(selector="build", follow=False), connect))
    assert (end.outcome, end.error) == (Outcome.DETACHED, "")


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
    assert end.error == f"detached; still running on the server: {WEX}"
    assert f"stigmer executions cancel {WEX}" in end.hint
    await server.stop()


async def test_a_cancel_that_is_not_answered_is_bounded(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    server.gate["cancel"] = anyio.sleep_forever
    events = await run(request(selector="build"), server.connect, act=cancel_on(PhaseChanged))
    assert of(CancelFinished, events)[0].outcome is CancelOutcome.UNREACHABLE
    assert of(CancelFinished, events)[0].seconds < 5
    assert finished(events).outcome is Outcome.DETACHED


async def test_a_timeout_cancels(server: WeakServer) -> None:
    server.has("workflow", "build")
    runs_forever(server)
    events = await run(request(selector="build", timeout=0.3), server.connect)
    assert of(CancelStarted, events)[0].reason is CancelReason.TIMEOUT
    assert finished(events).exit_code == 124


async def test_a_cancel_during_the_synthesis(server: WeakServer, project: Any) -> None:
    events = await run(request(project("while True: pass")), server.connect, act=cancel_on(SynthesisStarted))
    assert of(CancelStarted, events)[0].execution == ""
    end = finished(events)
    assert (end.outcome, end.exit_code) == (Outcome.CANCELLED, 130)
    assert server.calls == []


async def test_a_cancel_during_the_deployment(server: WeakServer, project: Any) -> None:
    applying = anyio.Event()

    async def gate() -> None:
        applying.set()
        await anyio.sleep_forever()

    server.gate["workflow.apply"] = gate
    events: list[Event] = []
    with anyio.fail_after(20):
        async with open_run(request(project(ONE)), server.connect) as running:
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


async def applied(
    project: Project, connect: Callable[[], Awaitable[Address]], *, dry_run: bool = False
) -> list[Event]:
    async with open_apply(project, connect, dry_run=dry_run) as running:
        return [event async for event in running]


async def test_apply_and_its_dry_run(server: WeakServer, project: Any) -> None:
    events = await applied(project(ONE), server.connect, dry_run=True)
    assert of(ResourcePlanned, events) == [
        ResourcePlanned(kind=TargetKind.WORKFLOW, name="build", action=Action.CREATE)
    ]
    assert not any("apply" in call for call in server.calls)
    assert finished(await applied(project(ONE), server.connect)).outcome is Outcome.SUCCEEDED
    events = await applied(project(TWO), server.connect, dry_run=True)
    assert {(each.name, each.action) for each in of(ResourcePlanned, events)} == {
        ("build", Action.UNCHANGED),
        ("helper", Action.CREATE),
    }


async def test_following_what_exists_leaves_it_running(server: WeakServer) -> None:
    runs_forever(server)
    with anyio.fail_after(20):
        async with open_follow(WEX.replace("-", "_", 1), server.connect) as running:
            events = []
            async for event in running:
                events.append(event)
                if isinstance(event, PhaseChanged):
                    running.cancel(CancelReason.INTERRUPTED)
    assert (finished(events).outcome, finished(events).exit_code) == (Outcome.DETACHED, 130)
    assert server.cancelled == []


async def test_following_what_is_over_shows_it_whole(server: WeakServer) -> None:
    server.on_get = lambda: workflow_execution(COMPLETED, ("a", DONE))
    async with open_follow(WEX, server.connect) as running:
        events = [event async for event in running]
    assert [type(event).__name__ for event in events[1:]] == [
        "TaskStarted",
        "TaskFinished",
        "PhaseChanged",
        "RunFinished",
    ]
    assert server.subscriptions == 0


async def test_following_nothing(server: WeakServer) -> None:
    server.refuse["get"] = (grpc.StatusCode.NOT_FOUND, "gone")
    async with open_follow("zzz", server.connect) as running:
        events = [event async for event in running]
    assert (finished(events).exit_code, finished(events).error) == (1, "no execution with the id zzz")
