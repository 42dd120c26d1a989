"""A zygote that warms up for a project, and a cache of what Go builds."""

from __future__ import annotations

import pytest

from tests.runcmd.synthesis.forks.keepers import commands, kept_project
from tests.runcmd.synthesis.forks.zygotes import agent_project, forks, library, zygote
from tests.runcmd.synthesis.golang.gophers import needs_go

__all__ = ["agent_project", "commands", "forks", "kept_project", "library", "zygote"]


@pytest.fixture
def go_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_go(tmp_path_factory, monkeypatch)
    monkeypatch.setenv("STIGMER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
