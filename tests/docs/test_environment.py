"""docs/environment.md names every variable that the code does, and no other."""

from __future__ import annotations

import re

from devloop.cli.warm import WARM_SECONDS
from stigmer_api.client_env import PREFIXES
from stigmer_api.model_providers import VARIABLES
from stigmerd.agents.limits.allowed import AgentLimits
from tests.house.sources import paths
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "environment.md").read_text("utf-8")
NAME = re.compile(r"STIGMER_[A-Z_]+")
NO_VARIABLE = {"STIGMER_SECRET_"}  # begins the name of a secret inside of a program
IN_TABLES = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)


def named_in_code() -> set[str]:
    files = [*paths().values(), ROOT / "stigmer_start.py"]
    return {name for file in files for name in NAME.findall(file.read_text("utf-8"))}


def documented() -> set[str]:
    return {name for cell in IN_TABLES.findall(PAGE) for name in re.findall(r"`_?([A-Z_]+)", cell)}


def test_every_variable_of_the_code_has_a_line() -> None:
    prefixes = {*PREFIXES, *NO_VARIABLE}
    assert named_in_code() - prefixes - documented() == set()
    in_models = (ROOT / "docs" / "models.md").read_text("utf-8")
    assert [name for name in VARIABLES if f"`{name}`" not in in_models] == []
    for prefix in PREFIXES:
        assert any(name.startswith(prefix) for name in documented())


def test_the_page_makes_none_up() -> None:
    assert {name for name in documented() if name.startswith("STIGMER_")} <= named_in_code()


def test_the_defaults_are_those_of_the_code() -> None:
    limits = AgentLimits()
    for name, value in (
        ("STIGMER_WARM_SECONDS", WARM_SECONDS),
        ("STIGMER_AGENT_MAX_STEPS", limits.steps),
        ("STIGMER_AGENT_MAX_TOKENS", limits.tokens),
        ("STIGMER_AGENT_TIMEOUT_SECONDS", limits.seconds),
    ):
        assert re.search(rf"^\| `{name}` \|.*\| `{value:.0f}` \|$", PAGE, re.MULTILINE), name
