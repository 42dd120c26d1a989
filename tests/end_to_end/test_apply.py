"""`stigmer apply`: what it says it did, what it would do, and what it deletes with --prune."""

from __future__ import annotations

from pathlib import Path

from tests.support.command import Done
from tests.support.world import World

HEAD = "from stigmer import Workflow\n"


def program(**workflows: int) -> str:
    """One that sets a number, for each name."""
    lines = [
        f'{name} = Workflow("{name}", namespace="demo")\n{name}.set("a", {{"b": {value}}})'
        for name, value in workflows.items()
    ]
    return HEAD + "\n".join(lines)


def statuses(done: Done) -> dict[str, str]:
    """By name, as the table has them."""
    assert done.code == 0, done.text
    rows = [line.split() for line in done.out.splitlines() if line.startswith("Workflow ")]
    return {row[1]: row[-2] if row[-1].startswith("wfl-") else row[-1] for row in rows}


def deployed(world: World) -> list[str]:
    return sorted(each["name"] for each in world.run("list", "-o", "json").events)


def test_created_updated_unchanged_and_deleted(world: World) -> None:
    project = world.project(program(one=1, two=2, three=3))
    assert statuses(world.run("apply", cwd=project)) == dict.fromkeys(("one", "two", "three"), "Created")
    (project / "main.py").write_text(program(one=1, two=22, four=4))
    expected = {"one": "Unchanged", "two": "Update", "four": "Create"}
    assert statuses(world.run("apply", "--dry-run", "-C", str(project))) == expected
    dry = world.run("apply", "--dry-run", "--prune", "--project", str(project))
    assert statuses(dry) == expected | {"three": "Delete"}
    assert deployed(world) == ["one", "three", "two"]
    done = world.run("apply", "--prune", "--yes", "--config", str(project / "Stigmer.yaml"))
    assert statuses(done) == {"one": "Unchanged", "two": "Updated", "four": "Created", "three": "Deleted"}
    assert deployed(world) == ["four", "one", "two"]


def test_events_say_it(world: World) -> None:
    project = world.project(program(one=1, two=2))
    world.run("apply", cwd=project)
    (project / "main.py").write_text(program(one=1))
    planned = world.run("apply", "--dry-run", "--prune", "-o", "json", cwd=project).named("resource_planned")
    assert [(each["name"], each["action"]) for each in planned] == [("one", "unchanged"), ("two", "delete")]
    applied = world.run("apply", "--prune", "-y", "-o", "json", cwd=project).named("resource_applied")
    assert [(each["name"], each["change"]) for each in applied] == [("one", "unchanged"), ("two", "deleted")]


def test_what_another_project_deployed_stays(world: World) -> None:
    mine, other = world.project(program(one=1)), world.project(program(two=2), name="other")
    # In the same directory, and by another program.
    (mine / "second.py").write_text(program(three=3))
    (mine / "second.yaml").write_text("name: second\nruntime: python\nmain: second.py\n")
    for place in (mine, other, mine / "second.yaml"):
        assert world.run("apply", "-C", str(place)).code == 0
    # And in it, from a file.
    (mine / "five.yaml").write_text(world.run("show", "one", "-o", "yaml").out.replace(": one\n", ": five\n"))
    assert world.run("run", "-f", "five.yaml", "--no-follow", cwd=mine).code == 0
    (mine / "main.py").write_text(program(four=4))
    done = world.run("apply", "--prune", "--yes", cwd=mine)
    assert statuses(done) == {"four": "Created", "one": "Deleted"}
    assert deployed(world) == ["five", "four", "three", "two"]


def test_without_a_yes_nothing_changes(world: World) -> None:
    project = world.project(program(one=1, two=2))
    world.run("apply", cwd=project)
    (project / "main.py").write_text(program(one=1, three=3))
    nobody = world.run("apply", "--prune", cwd=project)
    assert (nobody.code, "there is no terminal to ask on" in nobody.err) == (2, True), nobody.text
    terminal = world.terminal("apply", "--prune", cwd=project)
    terminal.expect(r"workflow two \(wfl-[0-9a-z]+\)")
    terminal.expect_exact("Deploy the project and delete that? [y/N] ")
    terminal.sendline("")
    assert "nothing was changed" in terminal.read()
    terminal.wait()
    assert (terminal.exitstatus, deployed(world)) == (1, ["one", "two"])
    terminal = world.terminal("apply", "--prune", cwd=project)
    terminal.expect_exact("[y/N] ")
    terminal.sendintr()
    terminal.read()
    terminal.wait()
    assert (terminal.exitstatus, deployed(world)) == (130, ["one", "two"])
    terminal = world.terminal("apply", "--prune", cwd=project)
    terminal.expect_exact("[y/N] ")
    terminal.sendline("yes")
    assert "Deleted" in terminal.read()
    assert deployed(world) == ["one", "three"]


def test_what_is_at_work_is_not_deleted(world: World) -> None:
    waiting = 'gate = Workflow("gate", namespace="demo")\ngate.listen("wait", "go")\n'
    project = world.project(program(one=1) + "\n" + waiting)
    world.run("run", "gate", "--no-follow", cwd=project)
    (project / "main.py").write_text(program(one=11))
    refused = world.run("apply", "--prune", "--yes", cwd=project)
    assert (refused.code, "workflow gate" in refused.err, "is at work" in refused.err) == (1, True, True)
    assert statuses(world.run("apply", "--dry-run", cwd=project)) == {"one": "Update"}


def test_a_project_named_twice(world: World, tmp_path: Path) -> None:
    nowhere = world.run("apply", "-C", str(tmp_path))
    assert (nowhere.code, str(tmp_path) in nowhere.err) == (2, True)
    nothing = world.run("apply", cwd=tmp_path)
    assert "stigmer apply -C DIRECTORY" in nothing.err
