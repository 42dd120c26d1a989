"""What a program declared, read and checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from runcmd.errors import ProjectError
from runcmd.events import TargetKind
from runcmd.synthesis.manifest import parse
from stigmer_api.agent_pb2 import Agent
from stigmer_api.facts import ALLOW_ANNOTATION, HASH_ANNOTATION, ResourceKind
from tests.runcmd.declarations import agent, manifest, workflow


def test_agents_and_workflows_in_the_order_of_the_code() -> None:
    files = {f"agent-{at}.pb": agent(f"a{at}").SerializeToString() for at in range(12)}
    files |= {"workflow-0.pb": workflow().SerializeToString(), "agent-x.pb": b"?", "notes.pb": b"?"}
    files["inputs.json"] = b'{"files": ["/p/prompt.md"], "directories": ["/p"]}'
    result = parse(files, {})
    assert [each.name for each in result.resources] == [f"a{at}" for at in range(12)] + ["build"]
    assert (result.count(TargetKind.AGENT), result.count(TargetKind.WORKFLOW)) == (12, 1)
    assert (result.inputs, result.listed) == ((Path("/p/prompt.md"),), (Path("/p"),))


def test_the_hash_is_of_the_content() -> None:
    def digest(message: Agent, **annotations: str) -> str:
        return manifest(message, **annotations).resources[0].hash

    stamped = agent()
    stamped.metadata.annotations["stigmer.ai/sdk.generated-at"] = "1767225600"
    stamped.status.default_instance_id = "ain-x"
    assert digest(agent()) == digest(agent()) == digest(stamped)
    assert digest(agent()) != digest(agent(description="new"))
    assert digest(agent()) != digest(agent(), **{"devloop.stigmer.ai/project-dir": "/elsewhere"})
    sent = manifest(stamped).resources[0]
    assert sent.message.metadata.annotations[HASH_ANNOTATION] == sent.hash
    assert not sent.message.HasField("status")
    assert sent.message.metadata.owner_scope == 2


def test_a_program_cannot_allow_itself_anything() -> None:
    greedy = agent()
    greedy.metadata.annotations[ALLOW_ANNOTATION] = "files,shell,web"
    assert ALLOW_ANNOTATION not in manifest(greedy).resources[0].message.metadata.annotations
    given = manifest(greedy, **{ALLOW_ANNOTATION: "files"}).resources[0]
    assert given.message.metadata.annotations[ALLOW_ANNOTATION] == "files"


def test_skills_come_with_the_agents_that_have_them() -> None:
    archive = b"a zip"
    version = hashlib.sha256(archive).hexdigest()
    message = agent()
    helper = message.spec.sub_agents.add(name="helper", instructions="You help with all of it.")
    for references, slug, wanted in (
        (message.spec.skill_refs, "pdf", version),
        (helper.skill_refs, "pdf", version),
        (message.spec.skill_refs, "other", "0" * 64),
    ):
        references.add(scope=2, kind=ResourceKind.SKILL, slug=slug, version=wanted)  # type: ignore[arg-type]
    files = {
        "agent-0.pb": message.SerializeToString(),
        f"skill-{version}.zip": archive,
        f"skill-{'0' * 64}.zip": b"something else",
    }
    (declared,) = parse(files, {}).resources
    assert [(each.slug, each.version, each.archive) for each in declared.skills] == [
        ("pdf", version, archive)
    ]


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"agent-0.pb": b"\xff\xff"}, "agent-0.pb does not hold a manifest of kind Agent"),
        ({"agent-0.pb": workflow().SerializeToString()}, "agent-0.pb does not hold a manifest of kind Agent"),
        ({"agent-0.pb": Agent(kind="Agent").SerializeToString()}, "the agent in agent-0.pb has no name"),
        ({"dependencies.json": b"{"}, "dependencies.json is not JSON"),
        ({"dependencies.json": b"[]"}, "dependencies.json is not an object of lists"),
        ({"dependencies.json": b'{"agent:x": "y"}'}, "dependencies.json is not an object of lists"),
        ({"dependencies.json": b'{"agent:x": []}'}, 'dependencies.json names "agent:x"'),
        (
            {"agent-0.pb": agent().SerializeToString(), "agent-1.pb": agent("Helper").SerializeToString()},
            'two agents of the project have the slug helper: "helper" and "Helper"',
        ),
        (
            {"agent-0.pb": agent(instructions="short").SerializeToString()},
            'agent "helper": spec.instructions',
        ),
    ],
)
def test_what_is_wrong(files: dict[str, bytes], text: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parse(files, {})
    assert text in caught.value.message
    assert caught.value.exit_code == 3


def test_all_that_is_invalid_is_named_at_once() -> None:
    with pytest.raises(ProjectError) as caught:
        manifest(agent("a", instructions="short"), agent("b", instructions="short"))
    assert len(caught.value.details) == 2


def test_an_agent_and_a_workflow_may_share_a_name() -> None:
    assert len(manifest(agent("same"), workflow("same")).resources) == 2


def test_dependencies_by_name_or_slug_without_what_is_elsewhere() -> None:
    result = manifest(
        agent("My Helper"),
        workflow(),
        dependencies={
            "workflow:build": ["agent:My Helper", "agent:my-helper", "skill:external:x", "skill:y"]
        },
    )
    assert result.dependencies == {"workflow:build": ("agent:my-helper",)}
