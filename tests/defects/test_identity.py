"""Defects of the original command, by their numbers: what is meant by a name, an id, a place."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("my-agent", "Answer every question in one sentence.", model=Scripted("agent.yaml"))
flow = Workflow("week-report", namespace="demo")
flow.set("one", a="1")
"""
YAML = "name: identity\nruntime: python\n"


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


def project_of(world: World, name: str, yaml: str = YAML) -> str:
    place = world.project(PROGRAM, name=name, yaml=yaml)
    (place / "agent.yaml").write_text("- say: here I am\n")
    return str(place)


def test_b10_ids_are_those_that_servers_make(server: OriginalServer, shared: World) -> None:
    place = project_of(shared, "b10")
    at = ("--server", server.address)
    assert shared.run("apply", "-C", place, *at).code == 0
    [agent], [flow] = server.resources.of("Agent"), server.resources.of("Workflow")
    assert (agent.metadata.id[:4], flow.metadata.id[:4]) == ("agt-", "wfl-")
    for each in (flow.metadata.id, flow.metadata.id.replace("wfl-", "wf_"), agent.metadata.id.upper()):
        done = shared.run("run", each.replace("AGT", "agt"), "--no-follow", *at)
        assert done.code == 0, done.text
    assert [each.kind for each in server.created] == ["WorkflowExecution"] * 2 + ["AgentExecution"]


def test_b11_a_display_name_finds_it(server: OriginalServer, shared: World) -> None:
    place = project_of(shared, "b11")
    at = ("--server", server.address)
    assert shared.run("apply", "-C", place, *at).code == 0
    for name in ("My Agent", "my-agent", "Week Report", "week-report"):
        done = shared.run("run", name, "--no-follow", *at)
        assert done.code == 0, done.text
        assert shared.run("show", name, "-o", "quiet", *at).code == 0
    assert len(server.created) == 4


def test_b12_apply_and_run_mean_one_organization(shared: World) -> None:
    place = project_of(shared, "b12", f"{YAML}organization: acme\n")
    for org in ((), ("--org", "acme"), ("--org", "other")):
        assert shared.run("apply", "-C", place, *org).code == 0
        done = shared.run("run", "week-report", "-o", "quiet", *org)
        assert done.code == 0, done.text
    found = shared.run("list", "--name", "week", "--org", "other", "-o", "json").events
    assert [each["org"] for each in found] == ["other"]


def test_b13_a_directory_below_a_project_is_in_it(shared: World) -> None:
    place = project_of(shared, "b13")
    below = shared.dir / "b13" / "src" / "deep"
    below.mkdir(parents=True)
    for command in (("apply", "--dry-run"), ("run", "week-report", "-o", "json")):
        done = shared.run(*command, cwd=below)
        assert done.code == 0, done.text
    assert done.named("project_found")[0]["directory"] == place


def test_b15_the_hint_after_no_follow_starts_nothing(shared: World) -> None:
    place = project_of(shared, "b15")
    done = shared.run("run", "week-report", "--no-follow", "-C", place)
    (hint,) = re.findall(r"stigmer (executions follow \S+)", done.out)
    before = shared.run("executions", "list", "--all", "-o", "quiet").out
    followed = shared.run(*hint.split())
    assert (followed.code, "Execution completed" in followed.out) == (0, True), followed.text
    assert shared.run("executions", "list", "--all", "-o", "quiet").out == before


def test_b24_a_variable_without_a_value_is_refused_before_anything_is_sent(
    server: OriginalServer, shared: World
) -> None:
    place = project_of(shared, "b24")
    done = shared.run("run", "week-report", "-e", "EMPTY=", "-C", place, "--server", server.address)
    assert (done.code, "EMPTY has no value" in done.err) == (2, True), done.text
    assert server.calls == []
