"""What counts in a project: its own rules, and what never counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.ignore import Ignore, LineWarning

pytestmark = pytest.mark.usefixtures("home")


def counting(ignore: Ignore, *paths: str) -> list[str]:
    return [path for path in paths if not ignore.ignores(path, False)]


def test_the_reason_names_file_line_and_pattern(project: Path) -> None:
    (project / "a").mkdir()
    (project / "a/.gitignore").write_text("# comment\n*.log  \n")
    ignore = Ignore.load(project, ["*.tmp", "data/"])
    assert str(ignore.ignores("a/run.log", False)) == "a/.gitignore:2: *.log"
    assert str(ignore.ignores("data/x", False)) == "watch.ignore:2: data/"
    assert str(ignore.ignores(".git", True)) == "built-in: .git"


def test_the_projects_rules_are_stronger_than_gits(project: Path) -> None:
    (project / ".gitignore").write_text("*.md\n!notes.txt\n")
    (project / ".stigmerignore").write_text("!prompt.md\nnotes.txt\nother.txt\n")
    ignore = Ignore.load(project, ["!other.txt", "last.txt"])
    assert counting(ignore, "a.md", "prompt.md", "notes.txt", "other.txt", "last.txt") == [
        "prompt.md",
        "other.txt",
    ]


def test_a_deeper_stigmerignore_is_stronger(project: Path) -> None:
    (project / "deep").mkdir()
    (project / ".stigmerignore").write_text("*.txt\n")
    (project / "deep/.stigmerignore").write_text("!a.txt\n/b\n")
    assert counting(Ignore.load(project), "a.txt", "b", "deep/a.txt", "deep/b.txt", "deep/b") == [
        "b",
        "deep/a.txt",
    ]


@pytest.mark.parametrize(
    "line",
    ["!generated/prompts/a.md", "!/generated/prompts/*.md", "!generated/prompts/", "!generated/**/a.md"],
)
def test_the_project_brings_back_what_git_ignores_with_its_directory(project: Path, line: str) -> None:
    (project / ".gitignore").write_text("generated/\n")
    (project / ".stigmerignore").write_text(f"{line}\n")
    ignore = Ignore.load(project)
    paths = ("generated/b.md", "generated/prompts/a.md", "generated/other/c.md")
    assert counting(ignore, *paths) == ["generated/prompts/a.md"]
    assert not ignore.prunes("generated")
    assert not ignore.prunes("generated/prompts")
    assert ignore.prunes("generated/other") or "**" in line


def test_what_the_project_itself_ignores_is_not_brought_back_from_below(project: Path) -> None:
    (project / ".stigmerignore").write_text("!generated/a.md\ngenerated/\n")
    assert Ignore.load(project).ignores("generated/a.md", False)


def test_nothing_in_an_ignored_directory_is_read(project: Path) -> None:
    (project / "build/deep").mkdir(parents=True)
    (project / ".gitignore").write_text("build/\n")
    (project / "build/deep/.gitignore").write_text("!*\n!\n")
    ignore = Ignore.load(project)
    assert ignore.prunes("build/deep")
    assert ignore.ignores("build/deep/a", False) == ignore.ignores("build", True)
    assert not ignore.warnings


@pytest.mark.parametrize(
    "name",
    [
        "4913",
        ".main.py.swp",
        ".main.py.swx",
        "main.py~",
        ".#main.py",
        "#main.py#",
        "main.py___jb_tmp___",
        ".goutputstream-X1",
        ".DS_Store",
        "main.pyc",
    ],
)
def test_the_temporary_files_of_editors_do_not_count(project: Path, name: str) -> None:
    assert Ignore.load(project).ignores(f"deep/{name}", False)


@pytest.mark.parametrize("name", [".git", ".stigmer", "__pycache__", ".venv", "node_modules", ".mypy_cache"])
def test_directories_that_do_not_count(project: Path, name: str) -> None:
    ignore = Ignore.load(project)
    assert ignore.prunes(f"deep/{name}")
    assert ignore.ignores(f"deep/{name}/a.py", False)


@pytest.mark.parametrize(
    "name", ["main.py", "Stigmer.yaml", ".env", ".gitignore", ".stigmerignore", "venv", "a.md", "sedation.py"]
)
def test_what_a_project_is_made_of_counts(project: Path, name: str) -> None:
    assert not Ignore.load(project).ignores(name, False)


def test_a_virtual_environment_is_known_by_its_file(project: Path) -> None:
    (project / "env").mkdir()
    assert not Ignore.load(project).prunes("env")
    (project / "env/pyvenv.cfg").touch()
    assert Ignore.load(project).prunes("env")


def test_the_project_brings_back_what_is_built_in_but_for_git_and_our_own_output(project: Path) -> None:
    (project / ".gitignore").write_text("!*~\n")
    assert Ignore.load(project).ignores("a~", False)
    ignore = Ignore.load(project, ["!*~", "!.venv", "!.git", "!.git/config", "!.stigmer/"])
    assert counting(ignore, "a~", ".venv/a", ".git/config", ".stigmer/a") == ["a~", ".venv/a"]


def test_lines_that_do_nothing_are_told_once_and_break_nothing(project: Path) -> None:
    (project / "deep").mkdir()
    (project / ".gitignore").write_text("!\nfoo\\\n[a\nx[[:nope:]]\n/\n*.log\n")
    (project / "deep/.gitignore").write_text("ok\n!!\\\n")
    ignore = Ignore.load(project, ["[", "*.tmp"])
    for _ in range(2):
        assert counting(ignore, "a.log", "a.tmp", "deep/ok", "foo\\", "deep/a.py") == ["foo\\", "deep/a.py"]
    assert [(warning.file, warning.line) for warning in ignore.warnings] == [
        ("watch.ignore", 1),
        (".gitignore", 1),
        (".gitignore", 2),
        (".gitignore", 3),
        (".gitignore", 4),
        (".gitignore", 5),
        ("deep/.gitignore", 2),
    ]
    assert ignore.warnings[1] == LineWarning(".gitignore", 1, "! matches nothing")


def test_a_warning_is_text_for_people(project: Path) -> None:
    (project / ".gitignore").write_text("*.log\n[[:größe:]]\n")
    (warning,) = Ignore.load(project).warnings
    assert str(warning) == ".gitignore:2: [:größe:] is not a character class, so the pattern matches nothing"
    assert str(LineWarning("git", 0, "it is broken")) == "git: it is broken"


def test_a_virtual_environment_whose_name_is_no_ascii(project: Path) -> None:
    (project / "é").mkdir()
    (project / "é/pyvenv.cfg").touch()
    assert Ignore.load(project).prunes("é")


def test_the_root_itself_counts(project: Path) -> None:
    (project / ".gitignore").write_text("*\n")
    ignore = Ignore.load(project)
    assert not ignore.prunes("")
    assert not ignore.prunes(".")


def test_what_has_to_be_read_again(project: Path, home: Path) -> None:
    ignore = Ignore.load(project)
    assert ignore.is_source("deep/.gitignore")
    assert ignore.is_source(".stigmerignore")
    assert ignore.is_source("env/pyvenv.cfg")
    assert ignore.is_source(".git")
    assert not ignore.is_source("main.py")
    assert not ignore.is_source("node_modules/a/.gitignore")
    assert home / ".config/git/ignore" in ignore.sources


def test_a_relative_root(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".gitignore").write_text("a\n")
    monkeypatch.chdir(project)
    assert str(Ignore.load(Path()).ignores("a", False)) == ".gitignore:1: a"
