"""What an agent within a workflow does is seen: while it works, afterwards, and across a crash."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.command import Running
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("poet", "Write a poem about it.", model=Scripted("poet.yaml"))
inner = Workflow("inner", namespace="demo")
inner.call_agent("write", "poet", "roses")
outer = Workflow("outer", namespace="demo")
with outer.fork("both") as both:
    with both.branch("one"):
        outer.call_agent("alone", "poet", "violets")
    with both.branch("two"):
        outer.run("child", "inner")
"""
POEM = "roses are red, violets are blue"
QUICK = f"- say: {POEM}\n"
SLOW = f"- say: {POEM}\n  chunk: {{seconds: 0.3, characters: 4}}\n"
ENDLESS = f"- say: {POEM}\n  chunk: {{seconds: 60, characters: 4}}\n"
ALONE, WRITE = ("both/one/alone",), ("both/two/child", "write")

Events = Iterable[Mapping[str, Any]]


def project(world: World, script: str, program: str = PROGRAM) -> Path:
    place = world.project(program)
    (place / "poet.yaml").write_text(script)
    return place


def texts(events: Events) -> dict[tuple[str, ...], list[str]]:
    """What a reader has of the agents' messages in the end, by their place."""
    said: dict[tuple[str, ...], dict[int, str]] = {}
    for event in events:
        mine = said.setdefault(tuple(event.get("path", ())), {})
        match event["event"]:
            case "message_started" | "message_replaced":
                mine[event["index"]] = event["text"]
            case "message_grew":
                mine[event["index"]] += event["more"]
            case _:
                pass
    return {path: [mine[index] for index in sorted(mine)] for path, mine in said.items() if mine}


def show(world: World, execution: str) -> dict[str, Any]:
    """`stigmer executions show`, which does not wait for more."""
    shown = world.run("executions", "show", execution, "-o", "json")
    assert shown.code == 0, shown.text
    found: dict[str, Any] = json.loads(shown.out)
    return found


def inside(world: World, execution: str) -> dict[tuple[str, ...], list[str]]:
    """What each agent in it said, and its phase, by its place."""
    found: dict[tuple[str, ...], list[str]] = {}

    def look(each: Mapping[str, Any], path: tuple[str, ...]) -> None:
        if each["messages"]:
            found[path] = [said["text"] for said in each["messages"]] + [each["phase"]]
        for step in each["steps"]:
            look_into(step, path)

    def look_into(step: Mapping[str, Any], path: tuple[str, ...]) -> None:
        for inner in step["executions"]:
            look(inner, (*path, step["path"]))
        for inner in step["steps"]:
            look_into(inner, path)

    look(show(world, execution), ())
    return found


def lives(events: Events) -> list[tuple[tuple[str, ...], str]]:
    """When executions began and ended, the run's own too."""
    return [
        (tuple(event.get("path", ())), event.get("phase", "created"))
        for event in events
        if event["event"] == "execution_created"
        or (event["event"] == "phase_changed" and event["phase"] in ("completed", "failed", "cancelled"))
    ]


def is_said_by(line: str, path: tuple[str, ...]) -> bool:
    event = json.loads(line)
    return tuple(event.get("path", ())) == path and event.get("index") == 1


def until_both_speak(running: Running) -> None:
    silent = {ALONE, WRITE}

    def nobody_is_silent(line: str) -> bool:
        silent.difference_update([path for path in silent if is_said_by(line, path)])
        return not silent

    running.until(nobody_is_silent)


def test_during_a_run_and_afterwards(world: World) -> None:
    done = world.run("run", "outer", "-o", "json", cwd=project(world, QUICK))
    assert done.code == 0, done.text
    execution = done.named("run_finished")[0]["execution"]
    expected = {ALONE: ["violets", POEM], WRITE: ["roses", POEM]}
    assert texts(done.events) == expected
    assert sorted(lives(done.events)) == sorted(
        [(path, word) for path in ((), ALONE, WRITE[:1], WRITE) for word in ("created", "completed")]
    )
    again = world.run("executions", "follow", execution, "-o", "json")
    assert again.code == 0, again.text
    assert texts(again.events) == expected
    assert sorted(lives(again.events)) == sorted(lives(done.events))
    assert inside(world, execution) == {path: [*said, "completed"] for path, said in expected.items()}
    people = world.run("executions", "follow", execution).out
    assert f"Execution ID: {execution}" in people


def test_one_that_still_runs_is_shown_as_far_as_it_is(world: World) -> None:
    running = world.start("run", "outer", "-o", "json", cwd=project(world, ENDLESS))
    until_both_speak(running)
    execution = next(json.loads(line)["execution"] for line in running.lines if '"execution_created"' in line)
    shown = inside(world, execution)
    assert shown.keys() == {ALONE, WRITE}
    for _, said, phase in shown.values():
        assert said
        assert POEM.startswith(said)
        assert phase == "in_progress"
    running.signal(signal.SIGINT)
    ended = running.end()
    assert ended.code == 130
    assert ((), "cancelled") in lives(ended.events)
    assert {(ALONE, "cancelled"), (WRITE, "cancelled")} <= set(lives(ended.events))


def test_a_failed_one_is_shown_and_that_is_no_failure(world: World) -> None:
    done = world.run("run", "inner", "-o", "json", cwd=project(world, "- fail: no paper\n"))
    assert done.code == 1
    execution = done.named("run_finished")[0]["execution"]
    assert inside(world, execution) == {("write",): ["roses", "failed"]}
    (task,) = show(world, execution)["steps"]
    assert task["executions"][0]["error"] == "no paper"
    nothing = world.run("executions", "show", "wex-nothing")
    assert nothing.code == 1
    assert "no execution with the id wex-nothing" in nothing.err


def test_a_crash_of_the_backend_in_the_middle(world: World) -> None:
    running = world.start("run", "outer", "-o", "json", cwd=project(world, SLOW))
    running.until(lambda line: is_said_by(line, WRITE))
    world.kill_daemon()
    done = running.end()
    assert done.code == 0, done.text
    assert done.named("reconnected")
    assert not any("path" in event for event in done.named("reconnecting"))
    assert texts(done.events) == {ALONE: ["violets", POEM], WRITE: ["roses", POEM]}
    assert len(lives(done.events)) == len(set(lives(done.events))) == 8


def test_a_superseded_run_of_a_loop_ends_with_what_it_nested(world: World) -> None:
    place = project(world, ENDLESS)
    running = world.start("run", "outer", "--watch", "-o", "json", cwd=place)
    until_both_speak(running)
    (place / "poet.yaml").write_text(QUICK)
    running.until(lambda line: '"run_finished"' in line)
    running.until(lambda line: '"run_finished"' in line)
    first, second = _of(running, 1), _of(running, 2)
    assert {(ALONE, "cancelled"), (WRITE, "cancelled"), (WRITE[:1], "cancelled")} <= set(lives(first))
    assert texts(second) == {ALONE: ["violets", POEM], WRITE: ["roses", POEM]}
    running.signal(signal.SIGINT)
    running.end()


def test_several_targets_at_once(world: World) -> None:
    done = world.run("run", "outer", "inner", "-o", "json", cwd=project(world, QUICK))
    assert done.code == 0, done.text
    of_inner = [event for event in done.events if event.get("target") == "inner"]
    of_outer = [event for event in done.events if event.get("target") == "outer"]
    assert texts(of_inner) == {("write",): ["roses", POEM]}
    assert texts(of_outer) == {ALONE: ["violets", POEM], WRITE: ["roses", POEM]}


def _of(running: Running, generation: int) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in running.lines]
    return [event for event in events if event.get("gen") == generation]
