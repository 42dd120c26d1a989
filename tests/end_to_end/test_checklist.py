"""The manual checklist of the run command's founding note, line by line, at a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support.world import World, new_world

AGENT = """
from stigmer import Agent, Scripted

Agent("data-processor", "You process data.", description="Processes data", model=Scripted("says.yaml"))
"""
SECOND = """
Agent("email-sender", "You send notes.", description="Sends notes", model=Scripted("says.yaml"))
"""
WORKFLOW = """
from stigmer import Workflow

onboarding = Workflow("customer-onboarding")
onboarding.set("validate_email", ok=True)
onboarding.set("create_account", id=7)
onboarding.set("report", region="${ .env_vars.REGION }", key="${ .env_vars.API_KEY }")
"""
SAYS = """
- when: {message: "recent orders"}
  say: I'll fetch the recent orders.
- say: Processing data.
"""
DOWN, ENTER = "\x1b[B", "\r"
ENV = ("-e", "REGION=us-east-1", "-e", "secret:API_KEY=sk-prod-abc123xyz")


@pytest.fixture(scope="module")
def place() -> Iterator[World]:
    """One backend for all of them."""
    with new_world() as world:
        yield world


def project(world: World, name: str, program: str) -> Path:
    made = world.project(program, name=name)
    (made / "says.yaml").write_text(SAYS)
    return made


def ran(world: World, cwd: Path, *arguments: str, answer: str = "", expect: int = 0) -> str:
    """What `stigmer run` wrote to a terminal, without colours."""
    terminal = world.terminal("run", *arguments, "-o", "plain", cwd=cwd, columns=160)
    terminal.logfile_read = shown = io.StringIO()
    if answer:
        terminal.expect("Select resource to run")
        terminal.send(answer)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue()).replace("\r", "")
    assert terminal.exitstatus == expect, text
    return text


def id_of(world: World, name: str) -> str:
    done = world.run("run", name, *ENV, "-o", "json", cwd=Path("/"))
    found: str = done.named("target_resolved")[0]["id"]
    return found


@pytest.fixture(scope="module")
def deployed(place: World) -> World:
    """An agent and a workflow, deployed and run from elsewhere."""
    for name, program in (("agents", AGENT), ("workflows", WORKFLOW)):
        assert place.run("apply", cwd=project(place, name, program)).code == 0
    return place


def test_01_auto_discovery_with_single_agent(place: World) -> None:
    text = ran(place, project(place, "one", AGENT))
    for line in ("Loaded Stigmer.yaml", "Manifest loaded: 1 resource(s) discovered", "Deployed: 1 agent(s)"):
        assert f"✓ {line}" in text
    assert "✓ Agent execution started: data-processor" in text
    assert "🤖 Agent: Processing data." in text


def test_02_auto_discovery_with_multiple_agents(place: World) -> None:
    text = ran(place, project(place, "two", AGENT + SECOND), answer=DOWN + ENTER)
    assert "Deployed: 2 agent(s)" in text
    assert re.search(r"data-processor.*Processes data", text)
    assert "✓ Agent execution started: email-sender" in text


def test_03_auto_discovery_with_agents_and_workflows(place: World) -> None:
    text = ran(place, project(place, "both", AGENT + WORKFLOW), *ENV, answer=DOWN + ENTER)
    assert re.search(r"Deployed: 1 agent\(s\) and 1 workflow\(s\)", text)
    assert "✓ Workflow execution started: customer-onboarding" in text


def test_04_run_agent_by_name_in_project(place: World) -> None:
    text = ran(place, project(place, "two", AGENT + SECOND), "email-sender")
    assert "📁 Detected Stigmer project - applying latest code" in text
    assert "✓ Deployed 2 resource(s)" in text
    assert "✓ Agent execution started: email-sender" in text


def test_05_run_agent_by_name_outside_project(deployed: World) -> None:
    text = ran(deployed, Path("/"), "data-processor")
    assert "✓ Agent execution started: data-processor" in text
    assert "Detected" not in text
    assert "Deployed" not in text


def test_06_run_agent_by_id(deployed: World) -> None:
    identity = id_of(deployed, "data-processor")
    assert identity.startswith("agt-")
    assert "✓ Agent execution started: data-processor" in ran(deployed, Path("/"), identity)


def test_07_run_workflow_by_name(deployed: World) -> None:
    assert "✅" in ran(deployed, Path("/"), "customer-onboarding", *ENV)


def test_08_run_workflow_by_id(deployed: World) -> None:
    identity = id_of(deployed, "customer-onboarding")
    assert identity.startswith("wfl-")
    text = ran(deployed, Path("/"), identity, *ENV)
    assert "✓ Workflow execution started: customer-onboarding" in text


def test_09_run_with_custom_message(deployed: World) -> None:
    text = ran(deployed, Path("/"), "data-processor", "--message", "Process recent orders")
    assert "💬 You: Process recent orders" in text
    assert "🤖 Agent: I'll fetch the recent orders." in text


def test_10_run_with_runtime_environment_variables(deployed: World) -> None:
    text = ran(deployed, Path("/"), "customer-onboarding", *ENV)
    assert "us-east-1" in text


def test_11_run_with_secret_environment_variables(deployed: World) -> None:
    text = ran(deployed, Path("/"), "customer-onboarding", *ENV)
    assert '"key"' in text
    assert "sk-prod" not in text


def test_12_run_without_log_streaming(deployed: World) -> None:
    text = ran(deployed, Path("/"), "data-processor", "--no-follow")
    found = re.search(r"Execution ID: (aex-\w+)", text)
    assert found
    assert f"stigmer executions follow {found[1]}" in text
    assert "Processing data." not in text
    assert "Processing data." in deployed.run("executions", "follow", found[1]).out


def test_13_log_streaming_for_agent_execution(deployed: World) -> None:
    text = ran(deployed, Path("/"), "data-processor")
    order = ["▶️  Execution started", "💬 You: execute", "🤖 Agent: Processing data.", "Duration: "]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)


def test_14_log_streaming_for_workflow_execution(deployed: World) -> None:
    text = ran(deployed, Path("/"), "customer-onboarding", *ENV)
    for task in ("validate_email", "create_account", "report"):
        assert text.index(f"⚙️ Task: {task} [Running]") < text.index(f"✓ Task: {task} [Completed]")
    assert re.search(r"Total tasks: 3\nCompleted: 3\n", text)


def test_15_error_handling_not_in_project_directory(place: World) -> None:
    empty = place.dir / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("nothing to run\n")
    done = place.run("run", cwd=empty)
    assert done.code == 2
    for line in (
        "No Stigmer.yaml found in current directory",
        "  • Run from a Stigmer project directory",
        "  • Or specify agent/workflow: stigmer run <name-or-id>",
    ):
        assert line in done.err


def test_16_error_handling_resource_not_found(place: World) -> None:
    text = ran(place, Path("/"), "nonexistent-agent", expect=1)
    for line in (
        "Agent or Workflow not found: nonexistent-agent",
        "  • Workflow with ID/name: nonexistent-agent",
        "  • Agent with ID/name: nonexistent-agent",
        "  • Resource hasn't been deployed yet (run: stigmer apply)",
    ):
        assert line in text


def test_17_error_handling_invalid_runtime_env_format(deployed: World) -> None:
    text = ran(deployed, Path("/"), "data-processor", "--runtime-env", "INVALID", expect=2)
    assert "Invalid runtime environment format: INVALID (expected key=value)" in text
    assert "execution started" not in text
