"""A zygote that warms up for a project, and a cache of what Go builds."""

from __future__ import annotations

import shutil

import pytest

from tests.runcmd.synthesis.zygotes import agent_project, forks, library, zygote

__all__ = ["agent_project", "forks", "library", "zygote"]


@pytest.fixture
def go_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("go") is None:
        pytest.skip("needs Go")
    monkeypatch.setenv("GOFLAGS", "-modcacherw")
    monkeypatch.setenv("GOCACHE", str(tmp_path_factory.getbasetemp().parent / "go-cache"))
    monkeypatch.setenv("GOPROXY", "off")
