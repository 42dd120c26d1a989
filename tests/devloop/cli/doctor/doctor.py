"""What `stigmer doctor` says in a world."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.world import World

AGENT = """
from stigmer import Agent, Workflow

helper = Agent("helper", "You help wherever you can.")
"""
WORKFLOW = """
from stigmer import Workflow

Workflow("hello").set("said", word="hello")
"""


class Visit(NamedTuple):
    """Exit status and findings."""

    code: int
    findings: list[dict[str, str]]
    text: str

    def of(self, verdict: str, area: str = "") -> list[dict[str, str]]:
        return [each for each in self.findings if each["verdict"] == verdict and area in ("", each["area"])]

    def one(self, part: str) -> dict[str, str]:
        """The finding with this part of a text."""
        found = [each for each in self.findings if part in each["text"]]
        assert len(found) == 1, (part, self.findings)
        return found[0]


def visit(
    world: World,
    cwd: Path | None = None,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
    limited: Callable[[], object] | None = None,
) -> Visit:
    done = world.run("doctor", "-o", "json", *arguments, cwd=cwd, env=env, through=through, limited=limited)
    assert done.err == ""
    return Visit(done.code, json.loads(done.out)["findings"], done.out)
