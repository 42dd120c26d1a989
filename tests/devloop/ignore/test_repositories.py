"""Where git's rules come from: clones, worktrees, submodules, sub-directories, configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devloop.ignore import Ignore
from tests.devloop.ignore.repository import Repository

NewRepository = Callable[[str], Repository]


def test_exclude_and_the_users_own_file_are_weaker_than_a_gitignore(
    repository: Repository, home: Path
) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").write_text("*.a\n*.b\n*.c\n!x.c\n")
    repository.write(".git/info/exclude", "!x.b\n*.d\nx.c\n")
    repository.write(".gitignore", "!x.d\n")
    repository.write("deep/.gitignore", "!*.a\n")
    paths = [f"{folder}{name}.{end}" for folder in ("", "deep/") for name in "xy" for end in "abcd"]
    assert repository.compare(paths) > 0


@pytest.mark.parametrize("value", ["~/mine", "mine", "{home}/mine", ""])
def test_the_users_own_file_is_where_the_configuration_says(
    repository: Repository, home: Path, value: str
) -> None:
    (home / "mine").write_text("*.home\n")
    repository.write("mine", "*.top\n")
    repository.git("config", "core.excludesFile", value.format(home=home))
    assert repository.compare(["a.home", "a.top"]) == (1 if value else 0)


def test_the_users_own_file_under_xdg(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "xdg/git").mkdir(parents=True)
    (tmp_path / "xdg/git/ignore").write_text("a\n")
    assert repository.compare(["a", "b"]) == 1
    assert tmp_path / "xdg/git/ignore" in Ignore.load(repository.top).sources


def test_a_project_in_a_sub_directory(repository: Repository) -> None:
    repository.write(".gitignore", "/apps/one/secret\n*.log\nbuild/\n/top\none/x/\napps/**/gen\n")
    repository.write("apps/.gitignore", "one/y\n!keep.log\n/top\n")
    repository.write("apps/one/.gitignore", "/z\n")
    for path in (
        "secret",
        "a.log",
        "keep.log",
        "build/a",
        "top",
        "x/a",
        "y",
        "z",
        "deep/gen",
        "deep/z",
        "é/a.log",
    ):
        repository.write(f"apps/one/{path}")
    repository.compare(repository.everything())
    paths = repository.everything("apps/one")
    ignore = Ignore.load(repository.top / "apps/one")
    ours = {path for path in paths if ignore.ignores(path, (repository.top / "apps/one" / path).is_dir())}
    repository.compare(paths, "apps/one")
    assert ours == {"secret", "a.log", "build", "build/a", "y", "z", "deep/gen", "é/a.log"}
    assert repository.top / ".gitignore" in ignore.sources
    assert repository.top / "apps/.gitignore" in ignore.sources


def test_letters_of_either_case_above_the_project(repository: Repository) -> None:
    repository.git("config", "core.ignorecase", "true")
    repository.write(".gitignore", "/Apps/one/X\napps/ONE/*.Log\n")
    repository.write("Apps/.gitignore", "/one/y\n")
    repository.write("Apps/One/keep")
    assert repository.compare(["x", "a.log", "Y", "z"], "Apps/One") == 3


@pytest.mark.parametrize("line", ["apps/", "/apps/one", "*", "one", "apps/**"])
def test_a_project_that_is_ignored_as_a_whole_is_watched(repository: Repository, line: str) -> None:
    repository.write(".gitignore", f"# all\n{line}\n*.log\n")
    repository.write("apps/.gitignore", "*.tmp\n")
    repository.write("apps/one/.gitignore", "*.out\n")
    ignore = Ignore.load(repository.top / "apps/one")
    assert not ignore.ignores("main.py", False)
    assert ignore.ignores("a.tmp", False)
    assert ignore.ignores("a.out", False)
    (warning,) = ignore.warnings
    assert (warning.file, warning.line) == (str(repository.top / ".gitignore"), 2)


def test_a_worktree_shares_the_exclude_file(repository: Repository, tmp_path: Path) -> None:
    repository.git("-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "--allow-empty", "-m", "c")
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
    repository.write(".git/info/exclude", "a\n")
    tree = Repository(tmp_path / "tree")
    assert tree.compare(["a", "b"]) == 1
    assert Ignore.load(tree.top).ignores(".git", False)


def test_a_worktree_whose_repository_is_not_there(tmp_path: Path, home: Path) -> None:
    """A container often mounts the worktree alone."""
    (tmp_path / ".git").write_text("gitdir: /nowhere/.git/worktrees/tree\n")
    (tmp_path / ".gitignore").write_text("a\n")
    assert Ignore.load(tmp_path).ignores("a", False)


def test_a_submodule_follows_its_own_rules(new_repository: NewRepository) -> None:
    inner, outer = new_repository("inner"), new_repository("outer")
    inner.write(".gitignore", "b\n")
    inner.git("add", ".gitignore")
    inner.git("-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "-m", "c")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.top), "sub")
    outer.write(".gitignore", "a\n")
    outer.write(".git/modules/sub/info/exclude", "c\n")
    assert Repository(outer.top / "sub").compare(["a", "b", "c", "d"]) == 2
    ignore = Ignore.load(outer.top)
    assert [name for name in "abcd" if ignore.ignores(f"sub/{name}", False)] == ["b", "c"]
    assert [name for name in "abcd" if ignore.ignores(name, False)] == ["a"]


def test_a_repository_inside_an_ignored_directory_does_not_count(new_repository: NewRepository) -> None:
    new_repository("outer").write(".gitignore", "vendor/\n")
    inner = new_repository("outer/vendor/inner")
    assert Ignore.load(inner.top.parent.parent).prunes("vendor/inner")


def test_the_variables_of_a_hook_do_not_mislead(
    new_repository: NewRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = new_repository("mine"), new_repository("other")
    other.git("config", "core.excludesFile", "")
    mine.git("config", "core.ignorecase", "true")
    mine.write(".gitignore", "a\n")
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.top))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.top / "index"))
    monkeypatch.setenv("GIT_CONFIG", str(other.top / ".git/config"))
    assert Ignore.load(mine.top).ignores("A", False)


def test_without_a_repository_the_files_count_all_the_same(tmp_path: Path, home: Path) -> None:
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("b\n")
    (project / ".gitignore").write_text("a\n")
    (project / "deep/.gitignore").write_text("c\n")
    (home / ".gitconfig").write_text(f"[core]\nexcludesFile = {home}/mine\n")
    (home / "mine").write_text("d\n")
    ignore = Ignore.load(project)
    assert [name for name in "abcd" if ignore.ignores(f"deep/{name}", False)] == ["a", "c", "d"]


def test_without_git_its_defaults_count(
    repository: Repository, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").write_text("a\n")
    repository.write(".gitignore", "b\n")
    ignore = Ignore.load(repository.top)
    assert [name for name in "abc" if ignore.ignores(name, False)] == ["a", "b"]
    assert not ignore.warnings


def test_a_broken_configuration_is_a_warning(repository: Repository) -> None:
    repository.write(".git/config", "[core\n")
    repository.write(".gitignore", "a\n")
    ignore = Ignore.load(repository.top)
    assert ignore.ignores("a", False)
    (warning,) = ignore.warnings
    assert "bad config" in warning.text


def test_a_project_behind_a_link(repository: Repository, tmp_path: Path) -> None:
    repository.write(".gitignore", "/apps/a\n")
    repository.write("apps/b")
    (tmp_path / "link").symlink_to(repository.top / "apps")
    ignore = Ignore.load(tmp_path / "link")
    assert ignore.ignores("a", False)
    assert not ignore.ignores("b", False)


def test_a_gitignore_that_is_a_link_does_not_count(repository: Repository) -> None:
    repository.write("rules", "a\n")
    (repository.top / ".gitignore").symlink_to("rules")
    assert repository.compare(["a"]) == 0
    (warning,) = Ignore.load(repository.top).warnings
    assert warning.file == ".gitignore"


def test_a_gitignore_that_is_no_file_is_skipped(repository: Repository) -> None:
    (repository.top / "one/.gitignore").mkdir(parents=True)
    (repository.top / "two").mkdir()
    os.mkfifo(repository.top / "two/.gitignore")
    ignore = Ignore.load(repository.top)
    assert not ignore.ignores("one/a", False)
    assert not ignore.ignores("two/a", False)
    assert not ignore.warnings


def test_links_and_names_that_are_no_text(repository: Repository) -> None:
    repository.write(b"caf\xe9/a".decode(errors="surrogateescape"))
    repository.write("real/a")
    (repository.top / "link").symlink_to("real")
    repository.write(".gitignore", b"link/\n?af\xe9\n")
    assert repository.compare(repository.everything()) == 2


def test_a_file_that_cannot_be_read_is_a_warning(repository: Repository) -> None:
    (repository.top / ".stigmerignore").symlink_to(".stigmerignore")
    (warning,) = Ignore.load(repository.top).warnings
    assert warning.text == "cannot be read: Too many levels of symbolic links"


def test_a_project_that_is_not_there(tmp_path: Path, home: Path) -> None:
    """It may be on its way to another place, and something else on its way here."""
    assert not Ignore.load(tmp_path / "none").ignores("a", False)
