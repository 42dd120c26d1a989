"""A command line that somebody has begun to type."""

from __future__ import annotations

import pytest

from devloop.cli.completing.answer import Completion, Meant, Value, written
from devloop.cli.completing.words import Typed, split, typed_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stigmer ", ["stigmer", ""]),
        ("stigmer ru", ["stigmer", "ru"]),
        ("stigmer run -m 'two words' gr", ["stigmer", "run", "-m", "two words", "gr"]),
        ("stigmer run -m 'two wo", ["stigmer", "run", "-m", "two wo"]),
        ('stigmer run "gr', ["stigmer", "run", "gr"]),
        ("stigmer run a\\ b", ["stigmer", "run", "a b"]),
        ("stigmer run '", ["stigmer", "run", ""]),
        ("stigmer run # no comment", ["stigmer", "run", "#", "no", "comment"]),
        ("", [""]),
    ],
)
def test_the_last_word_is_unfinished(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize(
    ("line", "breaks", "cut"),
    [
        ("stigmer run --output=j", ":=", 9),
        ("stigmer run --output=j", "", 0),
        ("stigmer run agent:ho", " :=", 6),
        ("stigmer run ho", ":=", 0),
    ],
)
def test_bash_keeps_what_stands_before_its_word(line: str, breaks: str, cut: int) -> None:
    assert typed_of({"_STIGMER_LINE": line, "_STIGMER_BREAKS": breaks}).cut == cut


def test_other_shells_split_the_line_themselves() -> None:
    typed = typed_of({"_STIGMER_WORDS": "stigmer\x1frun\x1f-m\x1f'two words'\x1f"})
    assert (typed.words, typed.unfinished) == (("run", "-m", "two words"), "")


def test_each_shell_reads_it_its_own_way() -> None:
    answer = Completion(
        before="--name=", values=(Value(text="a:b", about="two\nlines: one"), Value(text="c"))
    )
    typed = Typed(words=(), unfinished="--name=", cut=7)
    assert written(answer, "bash", typed) == "values\na:b\nc\n"
    assert written(answer, "zsh", typed) == "values\na\\:b:two lines: one\nc\n"
    assert written(answer, "fish", typed) == "values\na:b\ttwo lines: one\nc\n"
    whole = Typed(words=(), unfinished="--name=")
    assert written(answer, "bash", whole).splitlines()[1] == "--name=a:b"
    assert written(Completion(meant=Meant.FILES), "zsh", typed) == "files\n"
