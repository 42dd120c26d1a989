"""`--input` is JSON or a file with JSON or YAML, and a mistake in it has a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devloop.cli.dotenv import whole
from devloop.cli.input.argument import read_input
from devloop.cli.input.places import STDIN, file_of
from runcmd.errors import UsageError

NESTED = "[" * 101 + "]" * 101


def read(text: str) -> dict[str, Any]:
    return read_input(text, whole)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"order": {"items": [1, 2.5, null, true, "é"]}}', {"order": {"items": [1, 2.5, None, True, "é"]}}),
        (' {"a": "\\ud83d\\ude00"} ', {"a": "😀"}),
    ],
)
def test_json_as_it_is(text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("a.json", '{"a": 1}', {"a": 1}),
        (
            "a.yaml",
            "a: 1\nday: 2026-01-31\nat: 2026-01-31 10:00:00\n",
            {"a": 1, "day": "2026-01-31", "at": "2026-01-31T10:00:00"},
        ),
        ("a.YML", "{a: [1, yes]}", {"a": [1, True]}),
        ("a.yaml", "2: a\ntrue: b\n", {"2": "a", "true": "b"}),
        ("plain", '{"a": "tab\\there"}', {"a": "tab\there"}),
        ("plain", "a: 1", {"a": 1}),
        ("bom.json", '\ufeff{"a": 1}', {"a": 1}),
        ("anchor.yaml", "a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}),
    ],
)
def test_a_file(tmp_path: Path, name: str, content: str, value: object) -> None:
    (tmp_path / name).write_text(content)
    assert read(f"@{tmp_path / name}") == value


def test_standard_input() -> None:
    assert file_of("@-") == STDIN
    assert file_of("@a.yaml") == Path("a.yaml")
    assert file_of('{"a": 1}') is None
    assert read_input("@-", lambda file: b'{"from": "%s"}' % str(file).encode()) == {"from": "/dev/stdin"}


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("", "--input: column 1: expecting value", "single quotes"),
        ("{a:1}", "--input: column 2: expecting property name", "single quotes"),
        ('{\n "a": 1,\n}', "--input:3:1: ", "single quotes"),
        ("-", "--input: column 1: expecting value", "@-"),
        ('{"a": 1, "a": 2}', '"a" is there twice', "remove one"),
        ('{"a": NaN}', "NaN is no JSON number", "quotes"),
        ('{"a": Infinity}', "Infinity is no JSON number", "quotes"),
        ('{"a": "\\ud800"}', "stands for no character", ""),
        (f'{{"a": {NESTED}}}', "nested deeper than 100 levels", ""),
        (f'{{"a": {"[" * 100_000}', "nested deeper than 100 levels", ""),
        ("[1]", "and is a list", "for instance"),
        ("null", "and is null", "for instance"),
        ("7", "and is a number", "for instance"),
        ("true", "and is true or false", "for instance"),
        ('"text"', "and is a text", "for instance"),
        ("@", "names no file", "@FILE"),
        ("@/nowhere/at/all", "cannot read /nowhere/at/all: No such file", ""),
        ("@/", "cannot read /: Is a directory", ""),
    ],
)
def test_what_is_wrong_with_it(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text)
    assert said in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", b"a: 1\nb:\n  - c\n d: 2\n", "a.yaml:4:2: "),
        ("a.yaml", b"a: 1\na: 2\n", 'a.yaml:2:1: "a" is there twice'),
        ("a.yaml", b"a: {b: 1, c: 2, b: 3}\n", 'a.yaml:1:17: "b" is there twice'),
        ("a.yaml", b"a: .nan\n", "nan is no JSON number"),
        ("a.yaml", b"a: !!binary aGk=\n", "JSON has no bytes"),
        ("a.yaml", b"? [a]\n: 1\n", "a.yaml"),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "a.yaml:2:1: "),
        ("a.yaml", b"", "a.yaml is empty"),
        ("a.json", b'{"a": 1,\n  b: 2}', "a.json:2:3: "),
        ("a.json", b"a: 1", "a.json: column 1: "),
        ("latin.json", b'{"a": "\xe9"}', "latin.json is not UTF-8 text"),
    ],
)
def test_a_mistake_in_a_file_has_a_place(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read(f"@{tmp_path / name}")
    assert said in refused.value.message
