"""An activity runs in a process of its own, and its result comes back as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.stigmer.programs import Project
from tests.support.paths import ROOT

MAIN = """
    import asyncio
    from stigmer import activity

    print("the program prints")

    @activity
    def total(prices, tax=0):
        print("the activity prints")
        return {"total": sum(prices) * (1 + tax)}

    @activity(name="slow-total")
    async def slow(prices):
        await asyncio.sleep(0)
        return sum(prices)

    @activity
    def broken():
        raise LookupError("no such price")

    @activity
    def odd():
        return {1, 2}
"""


def call(user: Project, name: str, arguments: object, main: str = MAIN) -> tuple[int, Any, str]:
    user.write("main.py", main)
    program = "from stigmer._program.activity_host import main; main()"
    ended = subprocess.run(
        [
            sys.executable,
            *user.flags,
            "-c",
            program,
            str(user.directory / "main.py"),
            str(user.directory),
            name,
        ],
        cwd=user.directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
    )
    return ended.returncode, json.loads(ended.stdout), ended.stderr


def test_the_result_comes_back_and_prints_do_not_disturb_it(user: Project) -> None:
    status, answer, printed = call(user, "total", {"prices": [1, 2.5], "tax": 1})
    assert (status, answer) == (0, {"result": {"total": 7.0}})
    assert printed == "the program prints\nthe activity prints\n"


def test_an_activity_may_be_asynchronous(user: Project) -> None:
    assert call(user, "slow-total", {"prices": [1, 2]})[:2] == (0, {"result": 3})


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("broken", "LookupError", "no such price"),
        ("odd", "TypeError", "not JSON serializable"),
        ("totl", "StigmerError", '(did you mean "total"?)'),
    ],
)
def test_a_failure_comes_back_with_its_place(name: str, kind: str, words: str, user: Project) -> None:
    status, answer, _ = call(user, name, {})
    assert (status, answer["error"]["type"]) == (1, kind)
    assert words in answer["error"]["message"]
    if name == "broken":
        assert answer["error"]["line"] == 19


SHADOWED = """
    from stigmer import activity
    import token, signal

    @activity
    async def kept():
        import queue, selectors
        return [each.__name__ for each in (token, signal, queue) if hasattr(each, "MINE")], selectors.__file__

    @activity
    async def broken():
        raise LookupError("no such price")
"""


def test_modules_of_the_project_may_have_names_of_the_standard_library(user: Project) -> None:
    """The program has them, and what calls its activities has Python's own."""
    for name in ("token", "signal", "select", "typing", "asyncio", "queue", "difflib", "traceback"):
        user.write(f"{name}.py", "MINE = True\n")
    user.write("selectors/__init__.py", "")
    names = ["token", "signal", "queue"]
    answer = {"result": [names, str(user.directory / "selectors/__init__.py")]}
    assert call(user, "kept", {}, SHADOWED)[:2] == (0, answer)
    status, failed, _ = call(user, "broken", {}, SHADOWED)
    assert (status, failed["error"]["type"], failed["error"]["line"]) == (1, "LookupError", 12)
