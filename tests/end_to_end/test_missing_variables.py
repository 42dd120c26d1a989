"""A variable that is declared and has no value is warned of; only what uses it fails."""

from __future__ import annotations

from tests.support.world import World

PROGRAM = """
from stigmer import Agent, EnvVar, Scripted, StdioServer, Workflow, runtime

key = EnvVar("API_KEY", secret=True)
unused = Workflow("unused", env=[key, EnvVar("REGION")])
unused.set("answer", ok=True)

late = Workflow("late")
late.set("first", ok=True)
with late.switch("which") as which:
    with which.case(late.input.wanted == "yes", name="yes"):
        late.set("uses", text=f"Bearer {runtime.secret('API_KEY')}")
    with which.default():
        late.set("not", text="nothing needs it")

Agent("silent", "Answer in one sentence.", env=[key], model=Scripted("script.yaml"))
files = StdioServer("files", "cat", env={"KEY": "${API_KEY}"})
Agent("needy", "Answer in one sentence.", mcp_servers=[files], env=[key], model=Scripted("script.yaml"))
"""
WARNING = "Warning: no value for API_KEY"


def test_what_does_not_use_it_runs(shared: World) -> None:
    project = shared.project(PROGRAM, name="unused")
    (project / "script.yaml").write_text("- say: Hello.\n")
    done = shared.run("run", "unused", cwd=project)
    assert done.code == 0, done.text
    assert "Warning: no value for API_KEY, REGION: what uses it will fail" in done.err
    assert "-e API_KEY=value" in done.err
    given = shared.run("run", "unused", "-e", "secret:API_KEY=x", "-e", "REGION=eu", cwd=project)
    assert (given.code, given.err) == (0, "")
    agent = shared.run("run", "silent", cwd=project)
    assert agent.code == 0, agent.text
    assert WARNING in agent.err
    quiet = shared.run("run", "unused", "-o", "json", cwd=project)
    assert [event["text"] for event in quiet.named("warned")] == [
        "no value for API_KEY, REGION: what uses it will fail"
    ]


def test_a_task_that_uses_it_fails_when_it_is_reached(shared: World) -> None:
    project = shared.project(PROGRAM, name="late")
    (project / "script.yaml").write_text("- say: Hello.\n")
    done = shared.run("run", "late", "-m", '{"wanted": "no"}', cwd=project)
    assert done.code == 0, done.text
    assert WARNING in done.err
    used = shared.run("run", "late", "-m", '{"wanted": "yes"}', cwd=project)
    assert used.code == 1
    assert WARNING in used.err
    assert "a variable is missing: no variable API_KEY: give it with -e API_KEY=value" in used.err
    assert used.err.splitlines()[-1] == "more: stigmer explain E0118"


def test_an_agent_whose_server_uses_it_fails(shared: World) -> None:
    project = shared.project(PROGRAM, name="needy")
    (project / "script.yaml").write_text("- say: Hello.\n")
    done = shared.run("run", "needy", cwd=project)
    assert done.code == 1
    assert WARNING in done.err
    assert "${API_KEY}, which nobody set" in done.err
