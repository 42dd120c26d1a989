"""Tests wait for what happens, not for time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

WAITS = "tests/support/poll.py"
REASON = "# sleeps: "
SLEEPS = ("sleep", "sleep_until")


def test_whoever_sleeps_says_why() -> None:
    """Where time itself is the matter, `# sleeps: reason` stands beside it. All others use `support.poll`."""
    silent = [
        f"{name}:{number}"
        for name, text in texts()
        for number in sleeps(text)
        if REASON not in text.splitlines()[number - 1] and name != WAITS
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("time.sleep(1)", [1]),
        ("async def f():\n    await anyio.sleep(SECONDS)", [2]),
        ("from time import sleep\nsleep(0.1)", [2]),
        ("from time import sleep as rest", [1]),
        ("import time as clock\nclock.sleep(1)", [2]),
        ("tasks.start_soon(anyio.sleep, 1)", [1]),
        ("rest = partial(time.sleep)", [1]),
        ("await anyio.sleep_until(later)", [1]),
        ("await asyncio.sleep(0)", []),  # lets others go first
        ("program = 'time.sleep(60)'", []),  # another program's
        ("await anyio.sleep_forever()", []),
    ],
)
def test_a_sleep_is_seen(text: str, found: list[int]) -> None:
    assert list(sleeps(text)) == found


def sleeps(text: str) -> Iterator[int]:
    """The lines that call or hand on any `sleep` that takes time, or give it another name."""
    nodes = list(ast.walk(ast.parse(text)))
    timeless = {
        id(node.func)
        for node in nodes
        if isinstance(node, ast.Call) and [ast.unparse(each) for each in node.args] == ["0"]
    }
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in SLEEPS and id(node) not in timeless:
                yield node.lineno
            case ast.alias(name=name, asname=str()) if name in SLEEPS:
                yield node.lineno


def texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text()
