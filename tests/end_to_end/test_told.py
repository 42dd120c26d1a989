"""What the backend tells beyond the status, through the real command: while it runs, and afterwards."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.support.paths import MCP_SERVER
from tests.support.world import World

PROGRAM = f"""
import os, sys
from stigmer import Agent, Scripted, StdioServer, Workflow, activity

@activity
def clean(word: str) -> str:
    print("cleaning", word)
    print("it was dirty", file=sys.stderr)
    print("with the key", os.environ["KEY"])
    return word

asker = Agent("asker", "Ask what comes now.", model=Scripted("script.yaml"),
              mcp_servers=[StdioServer("git", {sys.executable!r}, [{str(MCP_SERVER)!r}])])
flow = Workflow("chores")
flow.call_activity("wash", clean, {{"word": "cup"}})
flow.call_agent("ask", asker, "what now?")
flow.listen("approval", "approve")
"""
SCRIPT = "- call: die\n- say: nothing\n"
SECRET = "hunter2-correct-horse"


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def of(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in found if event["event"] == name]


def test_a_run_tells_all_of_it_and_so_does_who_follows_later(world: World) -> None:
    project = world.project(PROGRAM)
    (project / "script.yaml").write_text(SCRIPT)
    running = world.start("run", "chores", "-o", "json", "-e", f"secret:KEY={SECRET}", cwd=project)
    while (wait := running.event("waits"))["on"] != "signal approve":
        pass
    assert wait["text"] == "waiting for the signal approve"
    execution = of(events("".join(running.lines)), "execution_created")[0]["execution"]
    assert wait["hint"] == f"stigmer executions signal {execution} approve"
    assert world.run(*wait["hint"].split()[1:]).code == 0
    assert running.end().code == 0
    live = events("".join(running.lines))
    printed = [(event["stream"], event["text"]) for event in of(live, "printed") if event["name"] == "clean"]
    assert sorted(printed) == [
        ("stderr", "it was dirty"),
        ("stdout", "cleaning cup"),
        ("stdout", "with the key ***"),
    ]
    names = [event["event"] for event in live if event.get("task") == "wash"]
    assert names == ["task_started", "printed", "printed", "printed", "task_finished"]
    usage = live[-1]["totals"]["usage"]
    assert usage["input_tokens"] > 0  # the agent's
    assert usage["cost_usd"] is None

    later = events(world.run("executions", "follow", execution, "-o", "json").out)
    again = [(event["stream"], event["text"]) for event in of(later, "printed") if event["name"] == "clean"]
    assert sorted(again) == sorted(printed)
    names = [event["event"] for event in later if event.get("task") == "wash"]
    assert names == ["task_started", "printed", "printed", "printed", "task_finished"]
    assert later[-1]["totals"]["usage"] == usage
    assert {event["on"] for event in of(later, "waits")} >= {"signal approve"}
    assert SECRET not in "".join(running.lines)


def test_an_agent_tells_of_its_servers_and_its_model(world: World) -> None:
    project = world.project(PROGRAM)
    (project / "script.yaml").write_text(SCRIPT)
    found = events(world.run("run", "asker", "-m", "go", "-o", "json", cwd=project).out)
    assert "starting the MCP server git" in [event["text"] for event in of(found, "waits")]
    assert [(event["source"], event["name"], event["text"]) for event in of(found, "printed")] == [
        ("mcp_server", "git", "about to die")
    ]
    turns = of(found, "turn_finished")
    assert [(turn["index"], turn["model"]) for turn in turns] == [(1, "scripted"), (2, "scripted")]
    order = [event["event"] for event in found if event.get("index") == 2]
    assert order[0] == "message_started"
    assert order[-1] == "turn_finished"
    text = world.run("run", "asker", "-m", "go", "-o", "plain", cwd=project).out
    assert "git: about to die" in text
    assert "\nTokens: " in text
