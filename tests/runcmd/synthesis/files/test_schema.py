"""The schema of a manifest and its reader agree on which keys there are."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from runcmd.errors import ProjectError
from runcmd.project import ManifestText
from runcmd.synthesis.files.kinds import KINDS
from runcmd.synthesis.files.reading import documents_of
from runcmd.synthesis.files.schema import manifest_schema
from tests.support.paths import ROOT

V1 = "apiVersion: agentic.stigmer.ai/v1\n"
SCHEMA = manifest_schema()
GOOD = [
    f"{V1}kind: Agent\nmetadata: {{name: a}}\nspec: {{instructions: Review the code., subAgents: []}}\n",
    "api_version: agentic.stigmer.ai/v1\nkind: Environment\nmetadata: {name: a}\n"
    "spec: {data: {A: {value: 1, is_secret: true}, B: {value: x, isSecret: false}}}\nstatus: {any: thing}\n",
    f"{V1}kind: Workflow\nmetadata: {{name: a, labels: {{x: y}}}}\nspec:\n"
    "  document: {dsl: 1.0.0, namespace: n, name: a, version: 1.0.0}\n"
    "  tasks: [{name: t, kind: SET, taskConfig: {variables: {any: [1]}}, flow: {then: end}}]\n",
    f"{V1}kind: McpServer\nmetadata: {{name: a}}\nspec: {{http: {{url: https://a.b, timeoutSeconds: 3}}}}\n",
    f"{V1}kind: WorkflowInstance\nmetadata: {{name: a}}\nspec: {{workflowId: x, envRefs: [{{slug: e}}]}}\n",
]
BAD = [
    "kind: Agent\nmetadata: {name: a}\n",
    f"{V1}kind: Agnet\nmetadata: {{name: a}}\n",
    f"{V1}kind: Agent\nmetadata: {{name: a}}\nspec: {{instrutions: Review the code.}}\n",
    f"{V1}kind: Agent\nmetadata: {{name: a}}\nspec: {{instructions: [Review]}}\n",
    f"{V1}kind: Agent\nmetadata: {{name: a}}\nspec: {{instructions: Review the code., subAgents: x}}\n",
    f"{V1}kind: Environment\nmetadata: {{name: a}}\nspec: {{data: {{A: {{value: x, isSecret: perhaps}}}}}}\n",
]


def fits(text: str) -> bool:
    values: Any = yaml.safe_load(text)
    return bool(jsonschema.Draft7Validator(SCHEMA).is_valid(values))


@pytest.mark.parametrize("text", GOOD)
def test_what_is_read_fits(text: str) -> None:
    assert len(documents_of(ManifestText(name="a", text=text), ROOT)) == 1
    assert fits(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_read_does_not_fit(text: str) -> None:
    with pytest.raises(ProjectError):
        documents_of(ManifestText(name="a", text=text), ROOT)
    assert not fits(text)


def test_each_kind_has_one() -> None:
    assert [each["title"] for each in SCHEMA["oneOf"]] == list(KINDS)


def test_what_the_page_shows_fits() -> None:
    text = (ROOT / "docs" / "run.md").read_text("utf-8")
    shown = text.partition("```yaml\n")[2].partition("```")[0]
    documents = shown.split("---\n")
    assert len(documents) == 2
    assert all(fits(each) for each in documents)
