"""A project whose program is written in Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runcmd.synthesis.golang.gophers import Gopher, needs_go


@pytest.fixture
def gopher(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Gopher:
    needs_go(tmp_path_factory, monkeypatch)
    monkeypatch.setenv("STIGMER_DATA_DIR", str(tmp_path / "data"))
    return Gopher(tmp_path / "app")
