"""A mistake has a code by what it is about."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import stigmer
from stigmer import Agent, DeclarationError, EnvVar, Workflow
from stigmer.errors import CODES

FOLDER = Path(stigmer.__file__).parent


def test_each_module_that_finds_mistakes_says_of_what_kind_they_are() -> None:
    finders = {
        file.stem
        for file in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DeclarationError"
    }
    assert finders == set(CODES)


def test_the_code_of_a_mistake() -> None:
    with pytest.raises(DeclarationError) as unknown:
        Agent("critic", instuctions="You criticise all that you read.")  # type: ignore[call-arg]
    assert unknown.value.code == "E0403"
    with pytest.raises(DeclarationError) as name:
        Workflow("")
    assert name.value.code == "E0404"
    with pytest.raises(DeclarationError) as variable:
        EnvVar("TOKEN", secret=True, default="x")
    assert variable.value.code == "E0407"
