"""The first thing that anybody tries."""

from __future__ import annotations

import tomllib

from tests.support.paths import ROOT
from tests.support.world import World


def test_the_version_is_the_distributions(world: World) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert world.run("--version").out == f"stigmer {version}\n"
