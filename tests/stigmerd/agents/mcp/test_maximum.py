"""How many processes of MCP servers the configuration allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmerd.agents.mcp.maximum import maximum
from stigmerd.agents.problems import AgentProblem


def said(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(f"backend: {{local: {{mcp: {text}}}}}")
    return file


def test_what_is_said_counts_and_the_rest_is_as_usual(tmp_path: Path) -> None:
    assert maximum(tmp_path / "none.yaml") == {"processes": 32, "processes_of_each": 8}
    assert maximum(said(tmp_path, "{processes_of_each: 2}")) == {"processes": 32, "processes_of_each": 2}


@pytest.mark.parametrize("number", ["0", "many", "true", "1.5"])
def test_a_number_that_is_none(tmp_path: Path, number: str) -> None:
    with pytest.raises(AgentProblem, match=r"mcp\.processes must be a whole number from 1 to 1000"):
        maximum(said(tmp_path, f"{{processes: {number}}}"))
