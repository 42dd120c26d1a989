"""Arguments that are read without Typer mean what Typer makes of them, and all others are left to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from devloop.cli.direct import directly, read
from devloop.cli.flags import ApplyFlags, WatchFlags
from devloop.cli.options import options_of
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

TYPED = """
reviewer x - -- -x é 3 -3 2.5 nan json JSON -m --message --message=hello --message= -mhello -m=x -e
--env --runtime-env=A=b A=b secret:KEY --env-file a.env --follow --no-follow --no-follow=1
--follow=false --follow=TRUE --follow=maybe --follow= --watch=false --clear=1 --notify=false -C
--project=.. --trust --org --server=h:1 --ephemeral --timeout --timeout=1e3 -o -ojson -o=json
--output=json --watch -w -wm --settle --settle=-1 --on-change=queue --runs=0 0 --runs --clear
--no-keys --explain --watcher scan -v -vv --verbose --verbose=1 --help -h --nothing --mess --dry-run --config
--config=x
"""
WORDS = ["", "two words", *TYPED.split()]


def as_typer_reads(flags: type[Any], arguments: list[str]) -> Any:
    """Its flags; None: it does not take them."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    taken: list[Any] = []
    app.command(cls=TextCommand)(options_of(flags)(taken.append))
    try:
        app(args=arguments, standalone_mode=False)
    except Exception:  # what is wrong with them is its own affair
        return None
    return taken[0] if taken else None


@pytest.mark.parametrize("flags", [WatchFlags, ApplyFlags])
@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=5))
def test_both_read_the_same(flags: type[Any], arguments: list[str]) -> None:
    ours = read(flags, arguments)
    if ours is not None:
        assert repr(ours) == repr(as_typer_reads(flags, arguments))


@pytest.mark.parametrize("flags", [WatchFlags, ApplyFlags])
@pytest.mark.parametrize("word", WORDS)
def test_each_word_means_the_same(flags: type[Any], word: str) -> None:
    for arguments in ([word], [word, "3"], [word, "json"]):
        ours = read(flags, arguments)
        assert ours is None or repr(ours) == repr(as_typer_reads(flags, arguments))


def test_what_people_type_is_read_directly() -> None:
    typed = 'reviewer -m "hello" -e A=b -e secret:KEY --env-file a.env --no-follow -C .. -o json --timeout 3'
    assert read(WatchFlags, [word.strip('"') for word in typed.split()]) == WatchFlags(
        names=["reviewer"],
        message="hello",
        env=["A=b", "secret:KEY"],
        env_file=[Path("a.env")],
        follow=False,
        project=Path(".."),
        output=Output.JSON,
        timeout="3",
    )
    assert read(WatchFlags, ["--watch", "--settle=5"]) == WatchFlags(watch=True, settle=5)
    assert read(WatchFlags, ["--follow=false", "--watch=true"]) == WatchFlags(follow=False, watch=True)
    assert read(WatchFlags, ["-v"]) == WatchFlags(verbose=1)
    assert read(WatchFlags, ["-vv", "--verbose"]) == WatchFlags(verbose=3)
    assert read(ApplyFlags, ["--dry-run"]) == ApplyFlags(dry_run=True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--follow=false", {"follow": False}),
        ("--follow=true", {"follow": True}),
        ("--follow=F", {"follow": False}),
        ("--no-follow=false", {"follow": True}),
        ("--no-follow --follow=1", {"follow": True}),
        ("--watch=true", {"watch": True}),
        ("--watch --watch=false", {"watch": False}),
        ("-w --watch=0", {"watch": False}),
        ("--notify=false", {"notify": False}),
        ("--all=false x", {"names": ["x"]}),
        ("-- --follow=false", {"names": ["--follow=false"]}),
        ("--message=--follow=false", {"message": "--follow=false"}),
    ],
)
def test_what_is_true_or_false_may_be_given_as_a_value(typed: str, meant: dict[str, Any]) -> None:
    ours, theirs = read(WatchFlags, typed.split()), as_typer_reads(WatchFlags, typed.split())
    assert theirs == WatchFlags(**meant)
    assert ours in (theirs, None)


def test_what_belongs_to_the_option_before_is_no_option() -> None:
    assert as_typer_reads(WatchFlags, ["-m", "--follow=false"]) == WatchFlags(message="--follow=false")


@pytest.mark.parametrize(
    "typed",
    ["", "--help", "run b\udcff", "run --help", "run -h", "run --settle x", "run -m", "server status"],
)
def test_the_rest_is_left_to_typer(typed: str) -> None:
    assert directly(typed.split()) is None
