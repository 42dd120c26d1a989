"""A flag that is named anywhere, in a message, a help text or a page, is one that some command takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from devloop.cli.main import app
from tests.house.sources import modules, paths
from tests.support.paths import ROOT

# Not after a letter or a digit (`re-run`), a dash or a slash; not the dash of a table or of a range.
FLAG = re.compile(r"(?<![\w/.…$`\-])(?:`)?(--[a-z][a-z-]+|-[a-zA-Z])(?![\w-]|\.\w)")
# Of other programs, with what follows their first flag: `git commit -m text`, but not "git is busy: use -x".
OTHERS = re.compile(
    r"\b(?:git|python|pip|ssh|ulimit|ln|mkdir|mktemp|npx|jq)\b[\s\",\[]+(?:[\w-]+ )?-[^|;`)]*"
    r"|-ldflags=[^|;`)]*"
)


def takes(command: Any) -> set[str]:
    flags = {"-h", "--help"}
    for parameter in command.params:
        flags |= {*parameter.opts, *parameter.secondary_opts}
    for each in getattr(command, "commands", {}).values():
        flags |= takes(each)
    return {flag for flag in flags if flag.startswith("-")}


def sentences() -> Iterator[tuple[str, str]]:
    """Where, and what: texts of the code that are sentences, and the lines of all pages."""
    for name, tree in modules().items():
        for number, line in in_code(tree):
            yield f"{paths()[name].relative_to(ROOT)}:{number}", line
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            yield f"{file.relative_to(ROOT)}:{number}", line


def in_code(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as said):
                pass
            case ast.JoinedStr(values=parts):
                said = "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
            case _:
                continue
        if " " in said:
            yield from ((node.lineno, line) for line in said.splitlines())


def named(line: str) -> list[str]:
    return FLAG.findall(OTHERS.sub("", line))


def test_every_flag_that_is_named_is_taken() -> None:
    known = takes(typer.main.get_command(app))
    strange = {
        f"{where}: {flag} in {line.strip()!r}"
        for where, line in sentences()
        for flag in named(line)
        if flag not in known
    }
    assert not strange, "\n".join(sorted(strange))


@pytest.mark.parametrize(
    "code",
    [
        '"""Give it with --nothing."""',
        'raise UsageError("no key", code="E0112", hint="give one with `--nothing KEY`")',
        'message = f"--nothing={value} is no number"',
        'message = f"git is at work on {path}: say --nothing"',
        'message = f"{count} of them; make room with (--nothing)"',
    ],
)
def test_a_flag_in_a_text_is_seen(code: str) -> None:
    assert {flag for _, line in in_code(ast.parse(code)) for flag in named(line)} == {"--nothing"}


def test_all_that_people_read_is_looked_through() -> None:
    files = {where.partition(":")[0] for where, _ in sentences()}
    pages = {"README.md", "docs/security.md"}
    messages = {"devloop/cli/flags.py", "stigmerd/executions/variables.py", "runcmd/create.py"}
    assert files >= pages | messages


@pytest.mark.parametrize("flag", ["--runtime-env", "--env", "-e"])
def test_a_variable_has_three_names(flag: str) -> None:
    assert flag in takes(typer.main.get_command(app))
