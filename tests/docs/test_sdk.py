"""The SDK reference has every public name, and each has an example that does what it says."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import stigmer
from tests.house.sources import modules
from tests.stigmer.programs import Declare
from tests.stigmer.running import run
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
EXAMPLE = re.compile(r"^ *```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^# (input|output): (.*)$", re.MULTILINE)
ROW = re.compile(r"^\| `(.+)` \| `(.+)` \|$", re.MULTILINE)
FILES = {"critic.yaml": '- say: "{{ message }}"\n'}


def docstring(name: str) -> str:
    """As it stands in the source, below a class, a function or an assignment."""
    (module,) = (
        each.module
        for each in modules()["stigmer"].body
        if isinstance(each, ast.ImportFrom) and any(alias.name == name for alias in each.names)
    )
    assert module
    body = modules()[module].body
    for at, node in enumerate(body):
        defines = isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
        if defines and (found := ast.get_docstring(node)):  # an overload has none
            return found
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            below = body[at + 1]
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                return str(below.value.value)
    return ""


def examples(name: str) -> list[str]:
    return [textwrap.dedent(example) for example in EXAMPLE.findall(docstring(name))]


@pytest.mark.parametrize("name", stigmer.__all__)
def test_a_public_name_is_on_the_page_and_has_an_example(name: str) -> None:
    assert f"\n::: stigmer.{name}\n" in (DOCS / "sdk.md").read_text("utf-8")
    assert examples(name)


@pytest.mark.parametrize("name", stigmer.__all__)
async def test_an_example_does_what_it_says(name: str, declare: Declare, tmp_path: Path) -> None:
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    for example in examples(name):
        assert re.search(rf"\b{name}\b", example)
        declared = declare(example)
        said = {what: json.loads(value) for what, value in SAID.findall(example)}
        if "output" in said:
            output, _ = await run(declared.workflow, given=said.get("input"))
            assert output == said["output"]


PAGE = (DOCS / "values.md").read_text("utf-8")
(GIVEN,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = [(written.replace("\\|", "|"), result) for written, result in ROW.findall(PAGE)]


@pytest.mark.parametrize(("written", "result"), ROWS)
async def test_a_value_is_what_the_page_says(written: str, result: str, declare: Declare) -> None:
    declared = declare(f"w = Workflow('w')\nx = w.input\nw.set('answer', value={written})")
    output, _ = await run(declared.workflow, given=json.loads(GIVEN))
    assert output == {"value": json.loads(result)}


def test_every_function_of_a_value_is_on_the_page() -> None:
    (functions,) = (
        node
        for node in modules()["stigmer.functions"].body
        if isinstance(node, ast.ClassDef) and node.name == "Functions"
    )
    names: list[Any] = [node.name for node in functions.body if isinstance(node, ast.FunctionDef)]
    assert len(names) > 40
    assert [name for name in names if not any(f".{name}(" in written for written, _ in ROWS)] == []
