"""What is read without the YAML library means what the library makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcmd import project
from runcmd.errors import UsageError
from runcmd.plain_yaml import Mark, plain
from stigmer_api.yaml_text import composed
from tests.support.paths import SAMPLE_PROJECT

TEXT = """
|name: demo|
|runtime: python|
|main: src/main.py|
|version: 0.1.0|
|version: 1.0|
|description: A café|
|name: yes|
|name: No|
|name: ~|
|name: null|
|name: 'x'|
|name: "x"|
|name: a: b|
|name: a #b|
|name:|
|name: 12|
|name: 012|
|name: 0x1f|
|name: 1_000|
|name: 1e3|
|name: 2001-01-01|
|name: .inf|
|name: a-b|
|name:  two  words  |
|name: [a]|
|name: {a: b}|
|name: &a b|
|name: *a|
|name: !x y|
|name: ||
|name: - a|
|# a comment|
|  # another|
||
|  |
|---|
|...|
|run:|
|watch:|
|  default: hello|
|  settle_ms: 50|
|   default: three|
|  ignore: []|
|  - x|
|\tname: tab|
|nonsense|
|other: thing|
|  name: inner|
|on: x|
|name: a?b|
|name: a, b|
|name: (x)|
|name: x@y|
|name: a\u2028b|
|# \u2028|
|name: a\x07|
|name: a |
|run: x|
|python: ~/x|
|main: a'b|
|name: tru|
|organization: o|
|description: - x|
|description: it's (all) fine!|
"""
LINES = [line[1:-1] for line in TEXT.split("\n") if line]


def tree(node: Any) -> Any:
    """Its values with their places, and whether they are texts, as far as a project cares."""
    place = Mark(node.start_mark.line, node.start_mark.column)
    if isinstance(node.value, str):
        return node.value, place, node.tag.endswith((":null", ":bool", ":timestamp"))
    return [(tree(key), tree(value)) for key, value in node.value], place


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=7), st.sampled_from(["", "\n", "\n\n"]))
def test_it_is_what_the_library_reads(lines: list[str], end: str) -> None:
    text = "\n".join(lines) + end
    found = plain(text)
    if found is not None:
        assert tree(found) == tree(composed(text))


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_what_the_library_reads(line: str) -> None:
    for text in (line, f"name: x\n{line}", f"run:\n{line}", f"run:\n  env_file: x\n{line}\nname: y"):
        found = plain(text)
        if found is not None:
            assert tree(found) == tree(composed(text))


def loaded(file: Path) -> object:
    project._composed.cache_clear()
    try:
        return project.load(file)
    except UsageError as error:
        return error.message, error.hint, error.facts


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plain") / "Stigmer.yaml"


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.sampled_from(LINES), max_size=5))
def test_a_project_and_a_mistake_are_the_same(lines: list[str], file: Path) -> None:
    file.write_text("\n".join(["name: demo", "runtime: python", *lines]))
    ours = loaded(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "plain", lambda text: None)
        assert loaded(file) == ours


def test_ordinary_files_are_plain() -> None:
    assert plain((SAMPLE_PROJECT / "Stigmer.yaml").read_text()) is not None
    assert plain("name: a\nruntime: python\n\nrun:\n  default: hello\n  env_file: dev.env\n") is not None
    assert plain("name: a\nwatch:\n  ignore: [x]\n") is None
