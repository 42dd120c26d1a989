"""Stigmer.yaml: what it means, and where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcmd.errors import UsageError
from runcmd.project import OnChange, Project, ProjectRuntime, find, load

LEAST = "name: demo\nruntime: python\n"


def write(directory: Path, text: str) -> Path:
    file = directory / "Stigmer.yaml"
    file.write_text(text)
    return file


def test_the_least_that_works(tmp_path: Path) -> None:
    project = load(write(tmp_path, LEAST))
    assert project == Project(
        file=tmp_path / "Stigmer.yaml", name="demo", runtime=ProjectRuntime.PYTHON, main=tmp_path / "main.py"
    )
    assert load(write(tmp_path, "name: demo\nruntime: go")).main == tmp_path / "main.go"


def test_everything(tmp_path: Path) -> None:
    project = load(
        write(
            tmp_path,
            LEAST
            + "main: src/app.py\nversion: 1.0\norganization: acme\n"
            + "description: A demo\npython: env/bin/python\n"
            + "run:\n  default: build\n  env_file: .env\n"
            + "watch:\n  ignore: ['*.log', data/]\n  settle_ms: 40\n  on_change: queue\n",
        )
    )
    assert project.main == tmp_path / "src/app.py"
    assert (project.version, project.organization, project.description) == ("1.0", "acme", "A demo")
    assert project.python == tmp_path / "env/bin/python"
    assert (project.run.default, project.run.env_file) == ("build", tmp_path / ".env")
    assert (project.watch.ignore, project.watch.settle_ms) == (("*.log", "data/"), 40)
    assert project.watch.on_change is OnChange.QUEUE


def test_blocks_and_texts_may_be_empty(tmp_path: Path) -> None:
    project = load(write(tmp_path, LEAST + "run:\nwatch: {}\nversion:\n"))
    assert (project.run.default, project.watch.ignore, project.version) == (None, (), "")


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("", "1:1", '"runtime" is missing', "add a line"),
        ("runtime: python\nname: ''\n", "2:7", '"name" is missing', "add a line"),
        (LEAST + "discription: x\n", "3:1", 'unknown key "discription"', 'did you mean "description"?'),
        (LEAST + "run:\n  defualt: x\n", "4:3", 'unknown key "run.defualt"', 'did you mean "default"?'),
        (LEAST + "zzz: 1\n", "3:1", 'unknown key "zzz"', "known keys: allow"),
        ("name: a\nruntime: pyhton\n", "2:10", '"pyhton" is not one of', 'did you mean "python"?'),
        (LEAST + "watch: {on_change: never}\n", "3:20", "restart, queue", ""),
        (LEAST + "watch: {settle_ms: soon}\n", "3:20", "whole number", ""),
        (LEAST + "watch: {settle_ms: -1}\n", "3:20", "whole number", ""),
        (LEAST + "watch: {ignore: x}\n", "3:17", "list of texts", ""),
        (LEAST + "watch: [a]\n", "3:8", "keys below", ""),
        (LEAST + "main: [a]\n", "3:7", "expected text", ""),
        (LEAST + "allow: [files, shel]\n", "3:8", '"shel" is not one of files, shell, web', "shell"),
        (LEAST + "allow: files\n", "3:8", "list of texts", ""),
        (LEAST + "version: yes\n", "3:10", "expected text", ""),
        (LEAST + "name: again\n", "3:1", "appears twice", ""),
        ("- a\n", "1:1", "key: value", ""),
        ("name: [a\n", "2:1", "expected", ""),
        ("name: a\n\truntime: b\n", "2:1", "cannot start any token", ""),
        ("name: *x\n", "1:7", "undefined alias", ""),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, text: str, where: str, what: str, hint: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load(file)
    assert caught.value.message.startswith(f"{file}:{where}: ")
    assert what in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "Stigmer.yaml")
    (tmp_path / "Stigmer.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        load(tmp_path / "Stigmer.yaml")


def test_a_directory_inside_a_project_belongs_to_it(tmp_path: Path) -> None:
    inside = tmp_path / "src" / "deep"
    inside.mkdir(parents=True)
    assert find(inside) is None
    file = write(tmp_path, LEAST)
    assert find(inside) == file
    assert find(tmp_path) == file


def test_what_agents_may_have_is_in_one_order(tmp_path: Path) -> None:
    assert load(write(tmp_path, LEAST + "allow: [web, files, web]\n")).allow == ("files", "web")
    assert load(write(tmp_path, LEAST + "allow:\n")).allow == ()
