"""A whole run: what it says, what it asks of the backend, how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from runcmd.backend.address import Address
from runcmd.deploy import deploy
from runcmd.errors import BackendError
from runcmd.events import (
    AppliedChange,
    ApplyFinished,
    BackendConnected,
    Event,
    ExecutionCreated,
    Outcome,
    PhaseChanged,
    ProjectFound,
    ResourceApplied,
    RunFinished,
    SynthesisFinished,
    SynthesisStarted,
    TargetResolved,
    TaskFinished,
    Warned,
)
from runcmd.request import RuntimeVariable
from runcmd.resolve import Candidate
from runcmd.synthesis.discover import discover
from stigmer_api.facts import PROJECT_ANNOTATION
from tests.runcmd.running import BROKEN, ONE, TWO, completes, finished, of, request, run
from tests.support.weak_server import (
    AEX,
    COMPLETED,
    FAILED,
    WEX,
    WeakServer,
    agent_execution,
    workflow_execution,
)


async def test_a_run_in_a_project_from_end_to_end(server: WeakServer, make_project: Any) -> None:
    completes(server)
    events = await run(request(make_project(TWO), "build", message="Go"), server.connect)
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


async def test_what_did_not_change_is_not_applied_again(server: WeakServer, make_project: Any) -> None:
    completes(server)
    await run(request(make_project(TWO), "build"), server.connect)
    server.calls.clear()
    events = await run(request(make_project(TWO.replace("Helps", "Helps a lot")), "build"), server.connect)
    assert {(each.name, each.change) for each in of(ResourceApplied, events)} == {
        ("helper", AppliedChange.UPDATED),
        ("build", AppliedChange.UNCHANGED),
    }
    assert [call for call in server.calls if ".apply:" in call] == ["agent.apply:helper"]
    assert of(ApplyFinished, events)[0].changed == 1


async def test_a_server_without_the_extension_is_asked_one_by_one(short_dir: Path, make_project: Any) -> None:
    server = WeakServer(short_dir / "bare")
    server.lists = False
    await server.start()
    completes(server)
    await run(request(make_project(ONE)), server.connect)
    events = await run(request(make_project(ONE)), server.connect)
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


async def test_a_name_that_the_code_gave_up_is_not_run(server: WeakServer, make_project: Any) -> None:
    """By its id it is, and so is what was never of this project."""
    found = make_project(TWO)
    elsewhere = found.directory.parent / "elsewhere"
    elsewhere.symlink_to(found.directory)
    old = server.has("workflow", "built", **{PROJECT_ANNOTATION: str(elsewhere)})
    end = finished(await run(request(found, "built"), server.connect))
    assert (end.outcome, end.exit_code, server.created) == (Outcome.ERROR, 1, [])
    assert end.error.startswith('main.py no longer declares "built"')
    assert "did you mean" in end.hint and '"build"' in end.hint
    assert "stigmer run --deployed built" in end.hint
    assert end.details == ("It declares:", "  • agent helper", "  • workflow build")
    for asked in (request(found, old.metadata.id, follow=False), request(None, "built", follow=False)):
        assert finished(await run(asked, server.connect)).exit_code == 0
    server.has("agent", "built", **{PROJECT_ANNOTATION: str(found.directory / "inner")})
    assert finished(await run(request(found, "built", follow=False), server.connect)).exit_code == 0
    kinds = [created.kind for created in server.created]
    assert kinds == ["WorkflowExecution", "WorkflowExecution", "AgentExecution"]


async def test_only_not_found_means_not_found(server: WeakServer) -> None:
    server.has("agent", "helper")
    server.refuse["workflow.getByReference"] = (grpc.StatusCode.PERMISSION_DENIED, "not yours")
    end = finished(await run(request(selector="helper"), server.connect))
    assert end.exit_code == 4
    assert "not yours" in end.error


async def test_a_manifest_that_is_known_already_is_not_discovered_again(
    server: WeakServer, make_project: Any
) -> None:
    async def ignore(_: Event) -> None: ...

    manifest = await discover(make_project(ONE), ignore)
    events: list[Event] = []

    async def hear(event: Event) -> None:
        events.append(event)

    async with deploy(request(make_project("1 / 0")), server.connect, hear, manifest=manifest) as deployed:
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


async def test_one_of_several(server: WeakServer, make_project: Any) -> None:
    completes(server)
    asked: list[str] = []

    async def choose(candidates: Sequence[Candidate]) -> Candidate | None:
        asked.extend(f"{each.kind.title} {each.name}" for each in candidates)
        return candidates[1]

    async def nobody(_: Sequence[Candidate]) -> None:
        return None

    events = await run(request(make_project(TWO)), server.connect, choose)
    assert asked == ["Agent helper", "Workflow build"]
    assert (of(TargetResolved, events)[0].name, of(TargetResolved, events)[0].how) == ("build", "chosen")
    for chooser in (None, nobody):
        end = finished(await run(request(make_project(TWO)), server.connect, chooser))
        assert end.exit_code == 2
        assert end.details == ("Run one of:", "  stigmer run helper", "  stigmer run build")
    events = await run(request(make_project(TWO), default="build"), server.connect)
    assert of(TargetResolved, events)[0].how == "default"
    end = finished(await run(request(make_project(TWO), default="biuld"), server.connect))
    assert (end.exit_code, end.hint) == (2, 'did you mean "build"?')


async def test_a_failed_execution_fails_the_run(server: WeakServer) -> None:
    server.has("workflow", "build")

    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(FAILED, ("fetch", BROKEN))

    server.on_subscribe = subscribe
    end = finished(await run(request(selector="build"), server.connect))
    assert (end.outcome, end.exit_code, end.totals.failed) == (Outcome.FAILED, 1, 1)
    assert "fetch" in end.error


async def test_a_broken_project_does_not_touch_the_backend(server: WeakServer, make_project: Any) -> None:
    end = finished(await run(request(make_project("1 / 0")), server.connect))
    assert (end.exit_code, end.facts["line"]) == (3, "1")
    assert server.calls == []


async def test_no_backend_ends_the_synthesis(make_project: Any) -> None:
    async def connect() -> Address:
        raise BackendError("no backend here", code="E0501", hint="start one")

    end = finished(await run(request(make_project("while True: pass")), connect))
    assert (end.exit_code, end.error, end.hint) == (4, "no backend here", "start one")


async def test_nobody_listens(short_dir: Path) -> None:
    async def connect() -> Address:
        return Address(target=f"unix:{short_dir / 'nobody'}")

    end = finished(await run(request(selector="x"), connect))
    assert end.exit_code == 4
    assert "cannot reach the backend" in end.error


async def test_a_partial_failure_says_what_was_deployed(server: WeakServer, make_project: Any) -> None:
    server.refuse["workflow.apply:build"] = (grpc.StatusCode.INVALID_ARGUMENT, "spec.tasks: too many")
    end = finished(await run(request(make_project(TWO), "build"), server.connect))
    assert end.exit_code == 3
    assert end.error == "could not deploy workflow build: spec.tasks: too many"
    assert list(end.details[-4:]) == ["Deployed:", "  agent helper", "Not deployed:", "  workflow build"]
    assert server.created == []


async def test_a_list_that_fails_stops_the_run(server: WeakServer, make_project: Any) -> None:
    server.refuse["list"] = (grpc.StatusCode.INTERNAL, "disk on fire")
    end = finished(await run(request(make_project(ONE)), server.connect))
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
