"""`stigmer list`, `show` and `delete` with what a project deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.support.original.server import original_server
from tests.support.world import World, new_world

PROGRAM = '''
from stigmer import Agent, Scripted, Workflow

Agent("poet", """Write poems.
In verses.""", description="writes poems", model=Scripted("poet.yaml"))
Agent("host", "Greet everybody who comes.", model=Scripted("poet.yaml"))
host = Workflow("host", namespace="demo", description="greets")
with host.for_each("guests", ["a", "b"]):
    host.set("greet", {"text": "hello"})
gate = Workflow("gate", namespace="demo")
gate.listen("approval", "approve")
'''


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with new_world() as world:
        deploy(world)
        yield world


def deploy(world: World) -> None:
    project = world.project(PROGRAM)
    (project / "poet.yaml").write_text("- say: roses are red\n")
    done = world.run("apply", cwd=project)
    assert done.code == 0, done.text


def test_the_list(shared: World) -> None:
    done = shared.run("list")
    rows = [line.split()[:2] for line in done.out.splitlines()]
    assert rows == [
        ["TYPE", "NAME"],
        ["Agent", "host"],
        ["Agent", "poet"],
        ["Workflow", "gate"],
        ["Workflow", "host"],
    ]
    (poet,) = [each for each in shared.run("list", "-o", "json").events if each["name"] == "poet"]
    assert (poet["kind"], poet["description"], poet["org"]) == ("agent", "writes poems", "local")
    assert poet["project"] == str(shared.dir / "project")
    assert shared.run("list", "--name", "POE", "-o", "quiet").out.split() == [poet["id"]]
    instances = shared.run("list", "--kind", "instances", "-o", "json").events
    assert {each["kind"] for each in instances} == {"agent-instance", "workflow-instance"}
    assert shared.run("list", "--kind", "skill").out == "Nothing is like that.\n"
    wrong = shared.run("list", "--kind", "agnet")
    assert (wrong.code, "did you mean agent?" in wrong.err) == (2, True)


def test_a_definition_for_people(shared: World) -> None:
    shown = shared.run("show", "poet").out
    assert shown.startswith("Agent: poet\nID: agt-")
    assert "Description: writes poems\n" in shown
    assert "Instructions:\n  Write poems.\n  In verses.\n" in shown
    shown = shared.run("show", "host").out
    assert shown.startswith("Workflow: host\n")  # workflows first, as by `run`
    assert "Tasks:\n" in shown
    assert "    greet [SET] text\n" in shown
    assert shared.run("show", "agent:host").out.startswith("Agent: host\n")


def test_a_definition_for_programs_can_be_run(shared: World) -> None:
    as_json = json.loads(shared.run("show", "gate", "-o", "json").out)
    as_yaml = yaml.safe_load(shared.run("show", "gate", "-o", "yaml").out)
    assert as_json == as_yaml
    assert (as_json["kind"], as_json["metadata"]["name"]) == ("Workflow", "gate")
    assert "status" not in as_json
    assert "id" not in as_json["metadata"]
    assert "|-\n" in shared.run("show", "poet", "-o", "yaml").out
    assert shared.run("show", "gate", "-o", "yml").code == 2


def test_by_the_beginning_of_an_id(shared: World) -> None:
    (gate,) = shared.run("list", "--name", "gate", "-o", "quiet").out.split()
    assert shared.run("show", gate[:-1], "-o", "quiet").out.strip() == gate
    done = shared.run("run", gate[:-1], "--no-follow", "-o", "json")
    assert done.named("target_resolved")[0]["id"] == gate
    several = shared.run("run", "wfl-0")
    assert (several.code, '2 have an id that begins with "wfl-0"' in several.err) == (1, True)
    several = shared.run("show", "wfl-0")
    assert (several.code, '2 have an id that begins with "wfl-0"' in several.err) == (1, True)
    none = shared.run("show", "poett")
    assert (none.code, 'did you mean "poet"?' in none.err) == (1, True)


def test_what_is_deleted(world: World) -> None:
    deploy(world)
    nobody = world.run("delete", "poet")
    assert (nobody.code, "there is no terminal to ask on" in nobody.err) == (2, True)
    both = world.run("delete", "host", "--yes")
    assert (both.code, '2 resources are called "host"' in both.err) == (1, True)
    terminal = world.terminal("delete", "poet", "agent:host")
    terminal.expect_exact("Delete these 2? [y/N] ")
    terminal.sendline("n")
    assert "nothing was deleted" in terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 1
    terminal = world.terminal("delete", "poet")
    terminal.expect(r"Delete agent poet \(agt-[0-9a-z]+\)\? \[y/N\] ")
    terminal.sendline("y")
    assert "deleted agent poet" in terminal.read()
    assert world.run("delete", "agent:host", "nothing", "--yes").code == 1
    left = [(each["kind"], each["name"]) for each in world.run("list", "-o", "json").events]
    assert left == [("agent", "host"), ("workflow", "gate"), ("workflow", "host")]


def test_what_is_at_work_stays(world: World) -> None:
    deploy(world)
    world.run("run", "gate", "--no-follow")
    refused = world.run("delete", "gate", "poet", "--yes")
    assert refused.code == 1
    assert "is at work: 1 of its executions run" in refused.err
    assert len(world.run("list", "-o", "quiet").out.split()) == 4
    assert world.run("executions", "cancel", "last").code == 0
    done = world.run("delete", "gate", "poet", "--yes")
    assert (done.code, len(done.out.splitlines())) == (0, 2), done.text
    assert world.run("executions", "list", "-o", "quiet").out.count("wex-") == 1


def test_a_plain_server_shows_and_deletes_what_is_named(world: World) -> None:
    with original_server() as server:
        at = ("--server", server.address)
        project = world.project(PROGRAM)
        (project / "poet.yaml").write_text("- say: roses are red\n")
        applied = world.run("apply", *at, cwd=project)
        assert applied.code == 0, applied.text
        listed = world.run("list", *at)
        assert (listed.code, "cannot list what is deployed" in listed.err) == (4, True), listed.text
        assert world.run("show", "gate", *at).out.startswith("Workflow: gate\n")
        none = world.run("show", "nothing", *at)
        assert (none.code, 'no resource called "nothing"' in none.err) == (1, True), none.text
        deleted = world.run("delete", "gate", "--yes", *at)
        assert (deleted.code, deleted.out.startswith("deleted workflow gate (wfl-")) == (0, True), (
            deleted.text
        )
