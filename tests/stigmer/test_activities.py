"""A function that is marked as an activity stays what it is: for type checkers, for help, for its callers."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
from pathlib import Path

import pytest
from mypy import api

import stigmer
from stigmer import DeclarationError, activity, project
from tests.stigmer.programs import Declare
from tests.support.paths import ROOT

TYPED = """\
from collections.abc import Awaitable
from typing import TypeVar

from stigmer import Agent, Workflow, activity, tool

T = TypeVar("T")

@activity
def clean(rows: list[str], *, upper: bool = False) -> list[str]:
    return rows

@activity(name="load-rows")
async def load(path: str) -> int:
    return 1

@activity
def first(rows: list[T]) -> T:
    return rows[0]

reveal_type(clean)
reveal_type(load)
reveal_type(first([1]))
a: list[str] = clean(["x"], upper=True)
b: Awaitable[int] = load("x")
clean([1])
clean(["x"], uper=True)
c: str = clean([])
wf = Workflow("w")
wf.call_activity("a", clean, {"rows": []})
wf.call_activity("b", "load-rows")
wf.call_activity("c", 3)

@tool(timeout=1)
async def weather(city: str, *, days: int = 1) -> str:
    return city

reveal_type(weather)
Agent("guide", "You know the weather.", tools=[weather, clean])
Agent("other", "You know the weather.", tools=[3])
"""


def test_type_checkers_see_the_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "main.py"
    program.write_text(TYPED)
    monkeypatch.setenv("MYPYPATH", f"{ROOT}:{ROOT / 'protos'}")
    flags = ["--strict", "--follow-imports=silent", "--no-error-summary", "--explicit-package-bases"]
    said, wrong, _ = api.run([*flags, f"--cache-dir={tmp_path / 'cache'}", str(program)])
    found = [line.removeprefix(f"{program}:") for line in said.splitlines()]
    revealed = [line.partition("is ")[2] for line in found if "Revealed" in line]
    assert (revealed, wrong) == (
        [
            '"def (rows: list[str], *, upper: bool =) -> list[str]"',
            '"def (path: str) -> typing.Coroutine[Any, Any, int]"',
            '"int"',
            '"def (city: str, *, days: int =) -> typing.Coroutine[Any, Any, str]"',
        ],
        "",
    )
    assert [line.partition(":")[0] for line in found if " error: " in line] == ["25", "26", "27", "31", "39"]


def describe(text: str, times: int = 2, /, *, upper: bool = False) -> str:
    """Say it again."""
    return text * times


async def fetch() -> int:
    """Get the number."""
    return 7


def test_it_stays_the_function() -> None:
    project.begin()
    marked = activity(describe)
    named = activity(name="other")(fetch)
    assert marked is describe
    assert named is fetch
    assert "Say it again." in pydoc.render_doc(marked)
    assert (
        str(inspect.signature(marked))
        == "(text: 'str', times: 'int' = 2, /, *, upper: 'bool' = False) -> 'str'"
    )
    assert marked("a", 3) == "aaa"
    assert inspect.iscoroutinefunction(named)
    assert asyncio.run(named()) == 7


def test_twice_is_once_too_often() -> None:
    project.begin()
    activity(describe)
    with pytest.raises(DeclarationError, match=r'is the activity "describe" already'):
        activity(name="again")(describe)


def test_what_has_no_name_needs_one() -> None:
    project.begin()
    with pytest.raises(DeclarationError, match=r'give it one: activity\(name="…"\)'):
        activity(Nameless())  # type: ignore[arg-type]


class Nameless:
    def __call__(self) -> None:
        """Nothing to do."""


def test_the_fields_of_a_typed_dict_are_known(declare: Declare) -> None:
    program = """
        from typing import TypedDict
        class Row(TypedDict):
            name: str
            amount: int
        @activity
        def rows() -> {result}: ...
        wf = Workflow("w")
        found = wf.call_activity("found", rows)
        wf.set("a", b={used})
    """
    for result in ("Row", "list[Row]"):
        used = "found.{}" if "list" not in result else 'found.sum("{}")'
        declare(program.format(result=result, used=used.format("amount")))
        with pytest.raises(DeclarationError, match=r'no field "amont" \(did you mean "amount"\?\)'):
            declare(program.format(result=result, used=used.format("amont")))


def test_help_of_the_decorator_says_how() -> None:
    assert "in a process of its own" in pydoc.render_doc(stigmer.activity)
