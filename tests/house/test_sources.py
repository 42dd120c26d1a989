"""The other tests of this room look at all that we wrote, or they would be content with nothing."""

from __future__ import annotations

import tomllib

from tests.house.sources import PACKAGES, modules
from tests.support.paths import ROOT


def test_all_packages_are_looked_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(PACKAGES) == set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def test_modules_have_the_names_by_which_they_are_imported() -> None:
    assert {"devloop.cli.main", "runcmd.plan", "stigmer", "stigmerd.server", "stigmer_api.facts"} <= set(
        modules()
    )


def test_what_was_generated_is_left_out() -> None:
    assert [name for name in modules() if "_pb2" in name] == []
