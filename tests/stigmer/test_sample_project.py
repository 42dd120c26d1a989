"""The sample project is declared as it stands, and its result follows its data and its prompts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.workflow_pb2 import Workflow
from tests.stigmer.programs import Project
from tests.stigmer.running import run
from tests.support.paths import SAMPLE_PROJECT

LETTER = "Dear friends at …"


@pytest.fixture
def cafe(user: Project) -> Project:
    shutil.copytree(SAMPLE_PROJECT, user.directory, dirs_exist_ok=True)
    return user


async def report(project: Project) -> dict[str, object]:
    project.synthesise()
    answers = {f"letters[{n}]/write-letter": {"response": LETTER} for n in range(9)}
    output, _ = await run(
        project.workflow, answers={**answers, "tell-the-team": {"response": "Good morning"}}
    )
    assert isinstance(output, dict)
    return output


async def test_the_workflow_computes_the_week(cafe: Project) -> None:
    output = await report(cafe)
    assert output["revenue"] == 3337.4
    assert output["verdict"] == "137.40 more than the target of 3200"
    assert [day["day"] for day in output["days"]][:2] == ["Monday", "Tuesday"]  # type: ignore[index,union-attr]
    assert output["letters"] == [LETTER] * 3


async def test_an_edit_of_the_data_shows(cafe: Project) -> None:
    stock = cafe.directory / "data" / "stock.json"
    stock.write_text(stock.read_text().replace("3200", "4000"))
    assert "662.60 short of 4000" in str((await report(cafe))["verdict"])


def test_an_edit_of_a_prompt_changes_only_that_agent(cafe: Project) -> None:
    before = cafe.synthesise()
    prompt = cafe.directory / "prompts" / "host.md"
    prompt.write_text(prompt.read_text().replace("Good morning", "Ahoy"))
    after = cafe.synthesise()
    assert [name for name in before if before[name] != after[name]] == ["agent-0.pb"]
    assert "Ahoy" in Agent.FromString(after["agent-0.pb"]).spec.instructions


def test_what_it_reads_is_known(cafe: Project) -> None:
    cafe.synthesise()
    names = {str(Path(file).relative_to(cafe.directory)) for file in cafe.json("inputs.json")["files"]}
    assert {"main.py", "books.py", "data/orders.csv", "data/stock.json", "prompts/host.md"} <= names


def test_it_is_big_enough_to_show_something(cafe: Project) -> None:
    files = cafe.synthesise()
    assert len([name for name in files if name.startswith("agent-")]) == 2
    kinds = {task.kind for task in Workflow.FromString(files["workflow-0.pb"]).spec.tasks}
    assert len(kinds) >= 5
