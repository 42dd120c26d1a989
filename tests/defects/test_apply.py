"""Defects of the original command, by their numbers: from what is declared to what is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import grpc
import pytest

from runcmd.apply import open_apply
from runcmd.events import RunFinished
from runcmd.plan import levels
from stigmer_api.facts import GENERATED_ANNOTATION
from tests.runcmd.declarations import agent, manifest, workflow
from tests.support.original.server import OriginalServer, original_server
from tests.support.paths import ROOT
from tests.support.project import load_project
from tests.support.weak_server import WeakServer
from tests.support.world import World

CALLS = """
from stigmer import Agent, Workflow

flow = Workflow("flow", namespace="demo")
flow.call_agent("first", "helper", "hello")
flow.call_agent("second", "helper", "hello again")
Agent("helper", "Answer every question in one sentence.")
"""
TWINS = """
from stigmer import Workflow

for name in ("My Flow", "my-flow"):
    Workflow(name, namespace="x").set("a", b=1)
"""
ONLY_SKILLS = """
import os
from pathlib import Path

Path(os.environ["STIGMER_OUT_DIR"], "skill-0.pb").write_bytes(b"")
"""


@pytest.fixture
def original() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


def test_b34_two_of_one_slug_are_a_mistake_and_no_circle(shared: World) -> None:
    done = shared.run("apply", cwd=shared.project(TWINS, name="b34"))
    assert done.code == 3
    assert "my-flow" in done.err
    assert "circ" not in done.err.lower()
    assert "cycle" not in done.err.lower()


def test_b35_what_is_needed_twice_is_no_circle(shared: World) -> None:
    assert levels(("a", "b"), {"b": ["a", "a", "a"]}) == (("a",), ("b",))
    needs = {"workflow:build": ["agent:helper", "agent:helper"]}
    assert manifest(workflow(), agent(), dependencies=needs).dependencies == {
        "workflow:build": ("agent:helper",)
    }
    done = shared.run("apply", cwd=shared.project(CALLS, name="b35"))
    assert done.code == 0, done.text


def test_b36_what_is_needed_is_deployed_first(original: OriginalServer, shared: World) -> None:
    done = shared.run("apply", "--server", original.address, cwd=shared.project(CALLS, name="b36"))
    assert done.code == 0, done.text
    assert [call for call in original.calls if call.endswith(".apply")] == ["Agent.apply", "Workflow.apply"]


def test_b37_a_partial_failure_says_what_is_deployed(original: OriginalServer, shared: World) -> None:
    refuse = original.resources.create

    def create(kind: str, request: Any) -> Any:
        if kind == "Workflow":
            from tests.support.original.resources import StepFailed

            raise StepFailed("Validate", grpc.StatusCode.INVALID_ARGUMENT, "spec.tasks: too many")
        return refuse(kind, request)

    with mock.patch.object(original.resources, "create", create):
        done = shared.run("apply", "--server", original.address, cwd=shared.project(CALLS, name="b37"))
    assert done.code == 3
    assert "could not deploy workflow flow: spec.tasks: too many" in done.err
    assert "Deployed:\n  agent helper\n" in done.err
    assert "Not deployed:\n  workflow flow\n" in done.err


async def test_b37_a_server_that_never_answers_is_not_waited_for(server: WeakServer, tmp_path: Path) -> None:
    server.gate["agent.apply"] = anyio.Event().wait
    project = load_project(tmp_path, CALLS)
    with mock.patch("runcmd.backend.calls.APPLY_SECONDS", 0.5):
        async with open_apply(project, server.connect) as run:
            events = [event async for event in run]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].exit_code == 4
    assert "did not answer in time" in events[-1].error


def test_b38_each_status_is_what_happened(original: OriginalServer, shared: World) -> None:
    place = shared.project(CALLS, name="b38")
    at = ("--server", original.address, "-o", "json")

    def changes() -> list[str]:
        done = shared.run("apply", *at, cwd=place)
        assert done.code == 0, done.text
        return sorted(each["change"] for each in done.named("resource_applied"))

    assert changes() == ["created", "created"]
    assert changes() == ["unchanged", "unchanged"]
    (place / "main.py").write_text(CALLS.replace("hello again", "good bye"))
    assert changes() == ["unchanged", "updated"]


def test_b39_a_dry_run_shows_what_it_would_do(original: OriginalServer, shared: World) -> None:
    place = shared.project(CALLS, name="b39")
    done = shared.run("apply", "--dry-run", "--server", original.address, cwd=place)
    assert done.code == 0, done.text
    rows = [line.split() for line in done.out.splitlines() if line.startswith(("Agent", "Workflow"))]
    assert rows == [["Agent", "helper", "Create"], ["Workflow", "flow", "Create"]]
    assert not [call for call in original.calls if call.endswith((".apply", ".create"))]


def test_b40_a_resource_without_a_spec_is_no_crash(original: OriginalServer, shared: World) -> None:
    place = shared.project(CALLS, name="b40")
    at = ("--server", original.address)
    shared.run("apply", *at, cwd=place)
    for kind in ("Agent", "Workflow"):
        original.resources.of(kind)[0].ClearField("spec")
    for command in (
        ("show", "helper"),
        ("show", "flow", "-o", "json"),
        ("run", "flow", "--no-follow"),
        ("run", "helper", "--no-follow"),
    ):
        done = shared.run(*command, *at)
        assert (done.code, "Traceback" in done.err) == (0, False), done.text
    assert shared.run("apply", *at, cwd=place).code == 0


def test_b41_a_project_with_only_skills_is_not_done_in_silence(shared: World) -> None:
    done = shared.run("apply", cwd=shared.project(ONLY_SKILLS, name="b41"))
    assert done.code == 3
    assert "declares no agent and no workflow, only skills" in done.err
    assert "stigmer skill push" in done.err


def test_b42_commands_that_are_named_exist(shared: World) -> None:
    known = set(re.findall(r"(?m)^\| `stigmer ([a-z]+)", (ROOT / "docs" / "options.md").read_text()))
    place = shared.project(CALLS, name="b42")
    commands = (("apply",), ("run", "flow", "--no-follow"), ("apply", "-C", "no"), ("run",), ("show", "no"))
    texts = [shared.run(*command, cwd=place).text for command in commands]
    texts += [each.read_text() for each in (ROOT / "docs" / "errors").glob("E*.md")]
    named = {word for text in texts for word in re.findall(r"(?:^|[\s(`])stigmer ([a-z]+)\b", text)}
    misspelled = {"rnu"}  # what E0101 is about
    assert {"run", "executions"} <= named
    assert named - known - misspelled == set()


def test_b43_the_place_that_was_named_is_named_and_a_typo_is_found(shared: World) -> None:
    missing = shared.run("apply", "--config", str(shared.dir / "nowhere"))
    assert (missing.code, str(shared.dir / "nowhere") in missing.err) == (2, True)
    assert "current directory" not in missing.err
    typo = shared.project(CALLS, name="b43", yaml="name: b43\nruntime: python\norganisation: acme\n")
    done = shared.run("apply", cwd=typo)
    assert (done.code, "organisation" in done.err, "organization" in done.err) == (2, True, True), done.text


def test_b44_two_syntheses_of_the_same_code_are_equal() -> None:
    first, second = agent(), agent()
    for number, each in enumerate((first, second)):
        each.metadata.annotations[GENERATED_ANNOTATION] = f"2026-01-0{number + 1}T00:00:00Z"
    assert manifest(first).resources[0].hash == manifest(second).resources[0].hash
    second.spec.description = "another one"
    assert manifest(first).resources[0].hash != manifest(second).resources[0].hash
