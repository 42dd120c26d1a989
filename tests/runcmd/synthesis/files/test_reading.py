"""Manifests in YAML become messages, whichever of protobuf's names are used; a mistake has a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runcmd.errors import ProjectError
from runcmd.project import ManifestText
from runcmd.synthesis.documents import Document
from runcmd.synthesis.files.reading import documents_of
from stigmer_api.facts import ALLOW_ANNOTATION, HASH_ANNOTATION, PROJECT_ANNOTATION, ResourceKind
from stigmer_api.values import from_struct

V1 = "apiVersion: agentic.stigmer.ai/v1\n"
AGENT = f"{V1}kind: Agent\nmetadata: {{name: Reviewer}}\nspec:\n  instructions: Review the code.\n"
HERE = Path("/here")


def read(text: str) -> list[Document]:
    return documents_of(ManifestText(name="a.yaml", text=text, file=Path("/there/a.yaml")), HERE)


def one(text: str) -> Any:
    (document,) = read(text)
    return document


def test_an_agent_with_names_of_both_kinds() -> None:
    camel = one(
        AGENT
        + """\
  iconUrl: https://example.com/x.png
  mcpServers:
    - name: files
      stdio: {command: uvx, args: [files], envPlaceholders: {A: 1}}
      enabledTools: [read]
  skillRefs: [{scope: platform, kind: Skill, slug: pdf}]
  envSpec: {data: {PORT: {value: 8080, isSecret: no}}}
"""
    )
    snake = one(
        f"""{V1}kind: Agent
metadata: {{name: Reviewer}}
spec:
  instructions: Review the code.
  icon_url: https://example.com/x.png
  mcp_servers:
    - name: files
      stdio: {{command: uvx, args: [files], env_placeholders: {{A: "1"}}}}
      enabled_tools: [read]
  skill_refs: [{{scope: PLATFORM, kind: 43, slug: pdf}}]
  env_spec: {{data: {{PORT: {{value: "8080", is_secret: false}}}}}}
"""
    )
    assert camel.message == snake.message
    assert camel.spec.env_spec.data["PORT"].value == "8080"
    assert camel.spec.skill_refs[0].kind == ResourceKind.SKILL
    assert (camel.kind, camel.title, camel.name, camel.slug) == (
        ResourceKind.AGENT,
        "Agent",
        "Reviewer",
        "reviewer",
    )
    assert camel.metadata.annotations[PROJECT_ANNOTATION] == "/there"
    assert camel.metadata.annotations[HASH_ANNOTATION]


def test_a_manifest_cannot_allow_itself_anything() -> None:
    document = one(
        f"""{V1}kind: Agent
metadata: {{name: w, annotations: {{devloop.stigmer.ai/allow: shell}}}}
spec: {{instructions: You do all of it.}}
"""
    )
    assert ALLOW_ANNOTATION not in document.metadata.annotations


def test_a_workflow_keeps_what_is_in_its_tasks_as_it_is() -> None:
    document = one(
        f"""{V1}kind: Workflow
metadata: {{name: w}}
spec:
  document: {{dsl: 1.0.0, namespace: n, name: w, version: 1.0.0}}
  tasks:
    - name: wait_a_bit
      kind: wait
      taskConfig: {{seconds: 3}}
    - name: say
      kind: WORKFLOW_TASK_KIND_SET
      task_config:
        variables: {{on: 2026-01-31, snake_case: [1, 2.5, true, null], text: "${{ $input.a }}"}}
"""
    )
    wait, say = document.spec.tasks
    assert (wait.kind, say.kind) == (10, 1)
    assert from_struct(say.task_config)["variables"] == {
        "true": "2026-01-31",
        "snake_case": [1, 2.5, True, None],
        "text": "${ $input.a }",
    }


def test_several_documents_with_merges_and_what_a_server_wrote() -> None:
    text = f"""---
{V1}kind: Environment
metadata: &owned {{name: one, ownerScope: organization}}
status: {{audit: {{nobody: knows}}}}
---
---
{V1}kind: McpServer
metadata:
  name: two
spec:
  http: &place {{url: https://example.com, timeoutSeconds: 3}}
---
{V1}kind: Session
metadata: {{name: three}}
spec: {{agentInstanceId: ain-x}}
"""
    documents = read(text)
    assert [(each.title, each.slug, each.place.document) for each in documents] == [
        ("Environment", "one", 1),
        ("McpServer", "two", 3),
        ("Session", "three", 4),
    ]
    assert not documents[0].message.HasField("status")
    assert HASH_ANNOTATION not in documents[0].metadata.annotations, "it would tell of secrets"


@pytest.mark.parametrize(
    ("text", "place", "said", "hint"),
    [
        ("- a\n", "1:1", "a manifest is made of", "apiVersion"),
        ("kind: Agent\n", "1:1", '"apiVersion" is missing', "agentic.stigmer.ai/v1"),
        ("apiVersion: v1\nkind: Agent\n", "1:13", '"v1" is not a known version', "agentic.stigmer.ai/v1"),
        (V1, "1:1", '"kind" is missing', "Agent, Workflow"),
        (f"{V1}kind: Agnet\n", "2:7", 'the kind "Agnet"', 'did you mean "Agent"?'),
        (f"{V1}kind: Skill\n", "2:7", 'the kind "Skill"', "stigmer skill push"),
        (f"{V1}kind: WorkflowExecution\n", "2:7", "WorkflowExecution", "stigmer run NAME"),
        (f"{V1}kind: Agent\nmetadata: {{}}\n", "3:1", "the Agent has no name", "metadata"),
        (
            f"{AGENT}  instrutions: x\n",
            "6:3",
            'unknown key "spec.instrutions"',
            'did you mean "instructions"?',
        ),
        (f"{AGENT}  subagents: []\n", "6:3", 'unknown key "spec.subagents"', 'did you mean "subAgents"?'),
        (f"{AGENT}  zzz: []\n", "6:3", 'unknown key "spec.zzz"', "known keys: description, envSpec"),
        (f"{AGENT}  instructions: twice twice\n", "6:3", '"spec.instructions" appears twice', "remove one"),
        (f"{AGENT}  icon_url: a\n  iconUrl: b\n", "7:3", '"spec.iconUrl" appears twice', "remove one"),
        (f"{AGENT}  description: [a]\n", "6:16", '"spec.description": expected text', ""),
        (f"{AGENT}  mcpServers: {{name: a}}\n", "6:15", '"spec.mcpServers": expected a list', "- "),
        (f"{AGENT}  mcpServers: [a]\n", "6:16", '"spec.mcpServers[0]": expected `key: value`', "name"),
        (f"{AGENT}  skillRefs: [{{kind: skil}}]\n", "6:22", '"skil" is not known', 'did you mean "skill"?'),
        (f"{AGENT}  envSpec: {{data: [A]}}\n", "6:19", '"spec.envSpec.data": expected names', ""),
        (
            f"{AGENT}  envSpec: {{data: {{A: {{isSecret: perhaps}}}}}}\n",
            "6:34",
            '"spec.envSpec.data["A"].isSecret": expected true or false',
            "",
        ),
        (
            AGENT.replace("Review the code.", "short"),
            "5:3",
            "spec.instructions",
            "",
        ),
        (f"{V1}kind: Agent\nmetadata: {{name: a\n", "4:1", "expected ',' or '}'", "never closed"),
        (f"{V1}kind: Agent\nmetadata:\n\tname: a\n", "4:1", "", "spaces"),
    ],
)
def test_a_mistake_has_a_place(text: str, place: str, said: str, hint: str) -> None:
    with pytest.raises(ProjectError) as refused:
        read(text)
    assert refused.value.message.startswith(f"a.yaml:{place}: ")
    assert said in refused.value.message
    assert refused.value.message.endswith("(document 1)")
    assert hint in refused.value.hint
    line, _, column = place.partition(":")
    facts = refused.value.facts
    assert (facts["file"], facts["line"], facts["column"]) == ("/there/a.yaml", line, column)


def test_a_mistake_names_its_document() -> None:
    with pytest.raises(ProjectError, match=r"a\.yaml:8:1: .*\(document 2\)"):
        read(f"{AGENT}---\n{V1}kid: Agent\n".replace(V1 + "kid", "\nkid"))


def test_only_one_of_several_can_be() -> None:
    both = "spec:\n  stdio: {command: a}\n  http: {url: http://a}\n"
    with pytest.raises(ProjectError, match=r'"spec\.http" beside "stdio"'):
        read(f"{V1}kind: McpServer\nmetadata: {{name: a}}\n{both}")


def test_all_broken_rules_are_told() -> None:
    with pytest.raises(ProjectError) as refused:
        read(
            f"{V1}kind: Agent\nmetadata: {{name: a}}\nspec:\n  instructions: x\n  subAgents: [{{name: ''}}]\n"
        )
    assert "spec.instructions" in refused.value.message
    assert any("spec.subAgents[0].name" in each for each in refused.value.details)


def test_nothing_of_a_secret_is_in_what_a_traceback_shows() -> None:
    data = "spec: {data: {A: {value: hidden-value, isSecret: true}}}"
    text = ManifestText(name="a.yaml", text=f"{V1}kind: Environment\nmetadata: {{name: a}}\n{data}\n")
    assert "hidden" not in f"{text!r}{documents_of(text, HERE)!r}"


def test_no_value_is_in_an_error() -> None:
    for value in ("[hidden-value]", "{a: hidden-value}"):
        with pytest.raises(ProjectError) as refused:
            read(f"{V1}kind: Environment\nmetadata: {{name: a}}\nspec: {{data: {{A: {{value: {value}}}}}}}\n")
        assert "hidden" not in f"{refused.value.message}{refused.value.hint}{refused.value.details}"
