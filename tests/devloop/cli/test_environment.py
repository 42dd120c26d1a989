"""The variables of a run: from the command line, from files, from the environment, from a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli import dotenv
from devloop.cli.environment import runtime_env
from runcmd.errors import UsageError
from runcmd.request import RuntimeVariable


def var(name: str, value: str, *, secret: bool = False) -> RuntimeVariable:
    return RuntimeVariable(name=name, value=value, secret=secret)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K=v", "v"),
        ("  export K = v  ", "v"),
        ("K=a b  # comment", "a b"),
        ("K=a#b", "a#b"),
        ("K=#b", "#b"),
        ("K='a # b'  # comment", "a # b"),
        ("K=' a '", " a "),
        (r"K='a\n$b'", r"a\n$b"),
        (r'K="a\n\"b\"\t\\ \$x \d"', 'a\n"b"\t\\ $x \\d'),
        ('K="two\nlines"', "two\nlines"),
        ("K=a=b=c", "a=b=c"),
        ("K=$HOME", "$HOME"),
        ("\ufeffK=v\r\n", "v"),
        ("# first\n\n   # second\nK=v", "v"),
        ("K=it's", "it's"),
        ("K", "inherited"),
    ],
)
def test_a_line_of_a_file(tmp_path: Path, text: str, value: str) -> None:
    file = tmp_path / ".env"
    file.write_text(text, "utf-8", newline="")
    assert dotenv.read(file, {"K": "inherited"}) == [var("K", value)]


def test_a_whole_file() -> None:
    text = 'A=1\nsecret:B="two\nlines"\n\nEMPTY=\nexport secret:C\nA=2'
    assert dotenv.parse(text, ".env", {"C": "c"}) == [
        var("A", "1"),
        var("B", "two\nlines", secret=True),
        var("C", "c", secret=True),
        var("A", "2"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A=1\nB C=2", ".env:2: expected NAME=value"),
        ("A=1\n\n=2", ".env:3: expected NAME=value"),
        ("A='1\nB=2", ".env:1: a quote is never closed"),
        ('A="1" 2', ".env:1: expected NAME=value"),
        ("A=1\nMISSING", ".env:2: MISSING has no value here or in the environment"),
    ],
)
def test_a_mistake_has_a_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        dotenv.parse(text, ".env", {})
    assert caught.value.message == message


@pytest.mark.parametrize("problem", ["missing", "directory", "latin"])
def test_a_file_that_cannot_be_read(tmp_path: Path, problem: str) -> None:
    file = tmp_path / ".env"
    if problem == "directory":
        file.mkdir()
    if problem == "latin":
        file.write_bytes(b"K=\xe9")
    with pytest.raises(UsageError, match=r"\.env"):
        dotenv.read(file, {})


def test_the_command_line_wins_over_files_and_the_last_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=file\nB=file\nsecret:C=file")
    env = runtime_env(["A=flag", "secret:B=x", "secret:B=y"], [file], {}, None)
    assert env == (var("A", "flag"), var("B", "y", secret=True), var("C", "file", secret=True))


def test_a_secret_without_a_value_is_inherited_or_asked_for() -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return "typed"

    env = runtime_env(["secret:HERE", "secret:THERE"], [], {"HERE": "inherited"}, ask)
    assert env == (var("HERE", "inherited", secret=True), var("THERE", "typed", secret=True))
    assert asked == ["THERE"]


@pytest.mark.parametrize("text", ["INVALID", "=v", "secret:", "secret:=v", "secret:MISSING"])
def test_what_is_not_a_variable(text: str) -> None:
    with pytest.raises(UsageError, match=r"^Invalid runtime environment format: .*\(expected key=value\)$"):
        runtime_env([text], [], {}, None)
