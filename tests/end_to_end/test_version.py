"""The first thing that anybody tries."""

from __future__ import annotations

import tomllib

from tests.end_to_end.world import World
from tests.support.paths import ROOT


def test_the_version_is_the_distributions(world: World) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert world.run("--version").out == f"stigmer {version}\n"
