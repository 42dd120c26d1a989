"""A flag that is named anywhere, in a message, a help text or a page, is one that some command takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from devloop.cli.main import app
from tests.support.paths import ROOT

PACKAGES = ("devloop", "runcmd", "stigmer", "stigmerd", "protos/stigmer_api")
# Not after a letter or a digit (`re-run`), a dash or a slash; not the dash of a table or of a range.
FLAG = re.compile(r"(?<![\w/.…$`\-])(?:`)?(--[a-z][a-z-]+|-[a-zA-Z])(?![\w-])")
# Of other programs, by the words that come before them on the line.
OTHERS = re.compile(
    r"\b(?:git|python3?|pip|docker|podman|make|ssh|ulimit|setpriv|openssl|chmod|chown|ls|kill|ln|mktemp|npx)\b[^|;`)]*"
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
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "_pb2" in file.name:
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                    for line in node.value.splitlines():
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", line
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            yield f"{file.relative_to(ROOT)}:{number}", line


def test_every_flag_that_is_named_is_taken() -> None:
    known = takes(typer.main.get_command(app))
    strange = {
        f"{where}: {flag} in {line.strip()!r}"
        for where, line in sentences()
        for flag in FLAG.findall(OTHERS.sub("", line))
        if flag not in known
    }
    assert not strange, "\n".join(sorted(strange))


@pytest.mark.parametrize("flag", ["--runtime-env", "--env", "-e"])
def test_a_variable_has_three_names(flag: str) -> None:
    assert flag in takes(typer.main.get_command(app))
