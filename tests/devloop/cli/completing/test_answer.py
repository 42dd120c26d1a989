"""What can come at the cursor, for each kind of argument."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli.completing.answer import Meant
from devloop.cli.completing.complete import answer_to, complete
from devloop.cli.completing.words import Typed


@pytest.fixture(autouse=True)
def nothing_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STIGMER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def at(*words: str) -> list[str]:
    *before, unfinished = words
    return [each.text for each in answer_to(Typed(words=tuple(before), unfinished=unfinished)).values]


def meant(*words: str) -> Meant:
    *before, unfinished = words
    return answer_to(Typed(words=tuple(before), unfinished=unfinished)).meant


def test_commands_and_options() -> None:
    assert {"run", "new", "executions"} <= set(at(""))
    assert at("ru") == ["run"]
    assert "list" in at("executions", "")
    assert at("run", "--outp") == ["--output"]
    assert "--watch" in at("run", "greet", "--")


def test_what_is_chosen_from_a_few() -> None:
    assert at("run", "--output", "") == ["auto", "live", "plain", "json", "quiet"]
    assert at("run", "--output=j") == ["json"]
    assert at("run", "-o", "q") == ["quiet"]
    assert (
        at("run", "names", "-o", "q")
        == at("run", "-w", "-o", "q")
        == at("run", "-vv", "-o", "q")
        == ["quiet"]
    )
    assert at("new", "shop", "--template", "") == ["basic", "agent", "workflow", "mcp", "tools"]
    assert at("completion", "") == ["bash", "zsh", "fish"]
    assert "script" in at("config", "schema", "")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("run", "--env-file", ""), Meant.FILES),
        (("run", "--env-file=a"), Meant.FILES),
        (("run", "-C", ""), Meant.DIRECTORIES),
        (("apply", "--config", ""), Meant.DIRECTORIES),
        (("watch", "run", "--socket", ""), Meant.FILES),
        (("run", "-m", ""), Meant.VALUES),
    ],
)
def test_files_and_directories_are_for_the_shell(words: tuple[str, ...], what: Meant) -> None:
    assert meant(*words) is what


def test_a_file_behind_its_sign(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "order.json").touch()
    (tmp_path / ".hidden").touch()
    assert at("run", "x", "--input", "@in") == ["@inputs/"]
    assert at("run", "x", "--input", "@inputs/") == ["@inputs/order.json"]
    assert ".hidden" not in str(at("run", "x", "--input", "@"))
    assert at("run", "x", "--input", "{") == []


def test_settings_and_codes() -> None:
    assert "backend.local.llm.model" in at("config", "set", "backend.local.llm.")
    assert at("explain", "E0101") == ["E0101"]


def test_what_the_help_calls_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STIGMER_SEEN_BY_TAB", "a value that is shown nowhere")
    assert at("run", "-e", "STIGMER_SEEN") == ["STIGMER_SEEN_BY_TAB"]
    assert at("run", "-e", "secret:STIGMER_SEEN") == ["secret:STIGMER_SEEN_BY_TAB"]
    assert at("run", "--report", "") == ["junit=", "json="]
    assert meant("run", "--report", "junit=") is meant("replay", "") is meant("run", "-f", "") is Meant.FILES
    assert at("executions", "list", "--status", "failed,can") == ["failed,cancelled"]
    assert at("run", "--model", "anth") == ["anthropic:"]
    assert at("run", "--model", "host=ol") == ["host=ollama:"]
    assert {"agent", "workflow"} <= set(at("list", "--kind", ""))


def test_a_damaged_database_is_an_empty_answer(
    nothing_stored: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    nothing_stored.mkdir()
    (nothing_stored / "stigmerd.db").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("_STIGMER_LINE", "stigmer run ")
    assert complete("bash") == 0
    assert capfd.readouterr() == ("values\n", "")


def test_where_nothing_is_stored_nothing_is_made(nothing_stored: Path) -> None:
    assert at("run", "") == at("executions", "show", "") == []
    assert not nothing_stored.exists()
