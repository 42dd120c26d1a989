"""What an error, a hint or a help text tells to type is a command that exists, with options that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from devloop.cli.main import app
from tests.support.paths import ROOT

ROOMS = ("devloop", "runcmd", "stigmer", "stigmerd", "protos/stigmer_api")
# A word of the language that follows the name of the product.
ORDINARY = {"itself", "stopped", "project", "is", "knows", "has", "server"}
MISTYPED = {"rnu"}  # in an example of an error
NAMED = re.compile(r"\bstigmer ([a-z]+[^\n`;,)]*)")
OPTION = re.compile(r"(--[a-z][a-z-]+)")
TOP: Any = get_command(app)


def texts() -> Iterator[tuple[str, str]]:
    """Each text of ours that a user may see, with its place; what is filled in stands there as `…`."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "templates" in path.parts or path.stem.endswith(("_pb2", "_pb2_grpc")):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [
                        str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values
                    ]
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", "".join(parts)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def wrong(text: str) -> Iterator[str]:
    """Commands in it that nobody could type."""
    for match in NAMED.finditer(text):
        command, words = TOP, match[1].split()
        while words and (below := getattr(command, "commands", None)) is not None:
            if words[0] not in below:
                break
            command = below[words.pop(0)]
        if getattr(command, "commands", None) is not None and words and words[0].isalpha():
            if words[0] not in ORDINARY | MISTYPED:
                yield match[0]
            continue
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
        options = (found[1] for word in words if (found := OPTION.match(word)))
        yield from (f"{match[0]}: {option}" for option in options if option not in known)


def test_every_command_that_is_named_exists() -> None:
    found = {f"{place}: {command}" for place, text in texts() for command in wrong(text)}
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("try: stigmer chat ID", True),
        ("stigmer executions resume ID", True),
        ("or make one: stigmer new NAME --form big", True),
        ("see all: stigmer executions list --status failed", False),
        ("stigmer run --watch", False),
        ("stigmer stopped because", False),
    ],
)
def test_a_command_that_does_not_exist_is_seen(text: str, is_wrong: bool) -> None:
    assert bool(list(wrong(text))) is is_wrong
