"""`stigmer new`: names, places that are free or not, and nothing left by halves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devloop.cli.choices import TemplateChoice
from devloop.cli.new.kinds import COMMON_FILES, TEMPLATES, UNTOLD
from devloop.cli.new.names import directory_and_name
from devloop.cli.new.scaffold import files_of, write
from runcmd.errors import RunError, UsageError
from runcmd.project import load

BASIC = TEMPLATES[0]
FILES = {Path("main.py"): "pass\n", Path("Stigmer.yaml"): "name: x\nruntime: python\n"}


def test_each_choice_has_a_template() -> None:
    assert [each.value for each in TemplateChoice] == [each.name for each in TEMPLATES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_each_file_is_told_of(template: object) -> None:
    assert isinstance(template, type(BASIC))
    there = {str(each) for each in files_of(template, "shop")}
    told = {file for file, _ in (*template.files, *COMMON_FILES)}
    folders = {file for file in told if file.endswith("/")}
    there -= {each for each in there if any(each.startswith(folder) for folder in folders)}
    assert there == told - folders | set(UNTOLD)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_every_word_is_filled_in(template: object) -> None:
    assert isinstance(template, type(BASIC))
    for file, text in files_of(template, "shop").items():
        assert re.findall(r"@[A-Z_]+@", text) == [], file


@pytest.mark.parametrize("name", ["shop", "true", "12", "My_Shop.2", "y", "1.0"])
def test_the_project_has_its_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, files_of(BASIC, name))
    project = load(tmp_path / name / "Stigmer.yaml")
    assert (project.name, project.run.default) == (name, "greet")


def test_what_pip_compiled_is_no_file_of_a_project() -> None:
    assert not [each for each in files_of(BASIC, "shop") if "__pycache__" in each.parts]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My Shop", "stigmer new my-shop"),
        ("-x", "stigmer new x"),
        ("shop-", "stigmer new shop"),
        ("café", "stigmer new caf"),
        ("…", "stigmer new my-project"),
        ("a" * 64, "shorter"),
        ("/", "my-project"),
    ],
)
def test_names_that_are_refused(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        directory_and_name(name)
    assert hint in refused.value.hint
    assert refused.value.code == "E0232"


def test_the_last_part_of_a_path_is_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert directory_and_name("shops/corner/") == (tmp_path / "shops" / "corner", "corner")


def test_here_the_directory_gives_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place := tmp_path / "My Shop").mkdir()
    monkeypatch.chdir(place)
    assert directory_and_name("") == (place, "my-shop")
    assert directory_and_name(".")[1] == "my-shop"


@pytest.mark.parametrize("there", [".git", ".venv", ".vscode"])
def test_what_is_no_content_may_be_there(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    write(tmp_path, FILES)
    assert {each.name for each in tmp_path.iterdir()} == {"main.py", "Stigmer.yaml", there}


def test_a_directory_with_content_is_left_alone(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "main.py"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=r"is not empty: a\.txt, b\.txt, c\.txt and 1 more") as refused:
        write(tmp_path, FILES)
    assert refused.value.exit_code == 2
    assert {each.read_text() for each in tmp_path.iterdir()} == {"mine"}


def test_a_project_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    with pytest.raises(UsageError, match="is a project already"):
        write(tmp_path, FILES)


def test_a_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    with pytest.raises(UsageError, match="is no directory"):
        write(tmp_path / "shop", FILES)


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="File name too long") as failed:
        write(tmp_path / "shops" / "corner", {**FILES, Path("x" * 300): ""})
    assert (failed.value.exit_code, failed.value.code) == (1, "E0231")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "mine").touch()
    with pytest.raises(RunError):
        write(tmp_path, {Path(".before"): "", Path(".vscode/ours"): "", **FILES})
    assert [each.name for each in tmp_path.rglob("*")] == [".vscode", "mine"]


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    class Interrupting(dict[Path, str]):
        def items(self) -> object:  # type: ignore[override]
            yield Path("main.py"), "pass"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "shop", Interrupting())
    assert list(tmp_path.iterdir()) == []
