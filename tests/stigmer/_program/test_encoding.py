"""The messages that a program's declarations become."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from google.protobuf.json_format import MessageToDict, ParseDict

from stigmer_api.agent_pb2 import Agent
from stigmer_api.validation import violations
from stigmer_api.version import VERSION
from tests.stigmer.programs import Declare
from tests.support.paths import ROOT

EVERYTHING = """
    from pathlib import Path
    docs = StdioServer("docs", "npx", ["-y", "docs"], env={"TOKEN": "${DOCS_TOKEN}"}, working_dir="/srv",
                       enabled_tools=["read", "search"])
    web = HttpServer("web", "https://mcp.example/", headers={"X-Key": "${KEY}"}, params={"v": "2"}, timeout=9)
    data = Volume("/data", "/mnt", read_only=True)
    box = DockerServer("box", "mcp/box", ["--fast"], env={"A": "${A}"}, network="lan", container_name="box-1",
                       volumes=[data], ports=[Port(8080, 80, protocol="udp")])
    style = Skill.organization("acme", "house-style", version="v1.2")
    Agent(
        "triage",
        Path("prompts/triage.md"),
        description="Sorts tickets",
        icon="https://example/icon.svg",
        mcp_servers=[docs, web, box],
        skills=[Skill.platform("pdf"), style],
        sub_agents=[
            SubAgent("reader", "Read the documents you are given.", description="Reads",
                     mcp_servers=[docs, "web"], tools={"docs": ["read"]}, skills=[style]),
        ],
        env=[
            EnvVar("DOCS_TOKEN", secret=True, description="For the documents"),
            EnvVar("LANGUAGE", default="en"),
        ],
        model=Scripted("script.yaml"),
    )
"""

EXPECTED = {
    "api_version": "agentic.stigmer.ai/v1",
    "kind": "Agent",
    "metadata": {
        "name": "triage",
        "slug": "triage",
        "owner_scope": "organization",
        "annotations": {
            "stigmer.ai/sdk.language": "python",
            "stigmer.ai/sdk.version": VERSION,
            "devloop.stigmer.ai/script": "- say: hello\n",
        },
    },
    "spec": {
        "description": "Sorts tickets",
        "icon_url": "https://example/icon.svg",
        "instructions": "Sort the tickets by urgency.\n",
        "mcp_servers": [
            {
                "name": "docs",
                "stdio": {
                    "command": "npx",
                    "args": ["-y", "docs"],
                    "env_placeholders": {"TOKEN": "${DOCS_TOKEN}"},
                    "working_dir": "/srv",
                },
                "enabled_tools": ["read", "search"],
            },
            {
                "name": "web",
                "http": {
                    "url": "https://mcp.example/",
                    "headers": {"X-Key": "${KEY}"},
                    "query_params": {"v": "2"},
                    "timeout_seconds": 9,
                },
            },
            {
                "name": "box",
                "docker": {
                    "image": "mcp/box",
                    "args": ["--fast"],
                    "env_placeholders": {"A": "${A}"},
                    "network": "lan",
                    "container_name": "box-1",
                    "volumes": [{"host_path": "/data", "container_path": "/mnt", "read_only": True}],
                    "ports": [{"host_port": 8080, "container_port": 80, "protocol": "udp"}],
                },
            },
        ],
        "skill_refs": [
            {"scope": "platform", "kind": "skill", "slug": "pdf"},
            {
                "scope": "organization",
                "org": "acme",
                "kind": "skill",
                "slug": "house-style",
                "version": "v1.2",
            },
        ],
        "sub_agents": [
            {
                "name": "reader",
                "description": "Reads",
                "instructions": "Read the documents you are given.",
                "mcp_servers": ["docs", "web"],
                "mcp_tool_selections": {"docs": {"enabled_tools": ["read"]}},
                "skill_refs": [
                    {
                        "scope": "organization",
                        "org": "acme",
                        "kind": "skill",
                        "slug": "house-style",
                        "version": "v1.2",
                    }
                ],
            }
        ],
        "env_spec": {
            "data": {
                "DOCS_TOKEN": {"is_secret": True, "description": "For the documents"},
                "LANGUAGE": {"value": "en"},
            }
        },
    },
}


def test_an_agent_with_everything(declare: Declare, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "triage.md").write_text("Sort the tickets by urgency.\n")
    (tmp_path / "script.yaml").write_text("- say: hello\n")
    agent = declare(EVERYTHING).agent
    assert MessageToDict(agent, preserving_proto_field_name=True) == MessageToDict(
        ParseDict(EXPECTED, Agent()), preserving_proto_field_name=True
    )
    assert violations(agent) == []


def test_the_head_of_a_workflow(declare: Declare) -> None:
    declared = declare("""
        region = EnvVar("REGION", default="eu")
        wf = Workflow("shop/nightly", description="Every night", version="1.2.3", env=[region])
        wf.set("a", n=1)
    """)
    spec = declared.workflow.spec
    assert MessageToDict(spec.document) == {
        "dsl": "1.0.0",
        "namespace": "shop",
        "name": "nightly",
        "version": "1.2.3",
        "description": "Every night",
    }
    assert (declared.workflow.metadata.slug, spec.description) == ("nightly", "Every night")
    assert spec.env_spec.data["REGION"].value == "eu"


def test_what_another_program_wrote_is_forgotten(declare: Declare) -> None:
    declare("""
        Workflow("w").set("a", m=f"{runtime.env('HOST')}!")
    """)
    declared = declare("""
        Workflow("w").set("a", m=f"{runtime.env('HOST', default='localhost')}!")
    """)
    assert declared.workflow.spec.env_spec.data["HOST"].value == "localhost"


def test_a_variable_that_is_used_is_declared(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w", env=[EnvVar("REGION", default="eu")])
        wf.set("a", n=runtime.env("REGION"), m=f"{runtime.env('HOST', default='localhost')}!")
        with wf.for_each("each", [1]):
            wf.http_get("b", "https://x", headers={"A": runtime.secret("KEY")})
    """)
    data = declared.workflow.spec.env_spec.data
    assert {name: (value.value, value.is_secret) for name, value in data.items()} == {
        "REGION": ("eu", False),
        "HOST": ("localhost", False),
        "KEY": ("", True),
    }


def test_dependencies_name_what_a_workflow_calls_by_object(declare: Declare) -> None:
    declared = declare("""
        helper = Agent("helper", "Help with everything.")
        child = Workflow("child")
        child.set("a", n=1)
        wf = Workflow("parent")
        wf.run("one", child)
        wf.call_agent("two", helper, "Hello")
        wf.call_agent("three", "stranger", "Hello")
        wf.run("again", wf)
    """)
    assert json.loads(declared.files["dependencies.json"]) == {
        "workflow:parent": ["agent:helper", "workflow:child"]
    }


def test_activities_are_noted_on_the_workflow(declare: Declare) -> None:
    declared = declare("""
        @activity
        def clean(rows): return [row for row in rows if row]

        @activity(name="count-rows")
        def count(rows): return len(rows)

        @activity(name="by-name")
        def named(): return 1

        assert clean([1, 0]) == [1]
        wf = Workflow("w")
        wf.call_activity("a", count, {"rows": []})
        wf.call_activity("b", clean, {"rows": []})
        wf.call_activity("c", "by-name", {})
    """)
    noted = declared.workflow.metadata.annotations["devloop.stigmer.ai/activities"]
    assert json.loads(noted) == ["by-name", "clean", "count-rows"]


def test_files_are_numbered_in_the_order_of_declaration(declare: Declare) -> None:
    declared = declare("""
        for name in "zebra", "ape":
            Agent(name, "Behave like this animal.")
            Workflow(name).set("a", n=1)
    """)
    names = {
        name: Agent.FromString(data).metadata.name for name, data in declared.files.items() if "agent" in name
    }
    assert names == {"agent-0.pb": "zebra", "agent-1.pb": "ape"}
    assert sorted(declared.files) == [
        "agent-0.pb", "agent-1.pb", "dependencies.json", "workflow-0.pb", "workflow-1.pb",
    ]  # fmt: skip


def test_the_version_is_that_of_the_distribution() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
