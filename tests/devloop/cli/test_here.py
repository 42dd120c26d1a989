"""Relative paths mean the directory where the command was typed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devloop.cli.here import here, place_variables, placed, placed_address
from runcmd.errors import UsageError

ALL = ("STIGMER_DATA_DIR", "STIGMER_LLM_SCRIPT", "STIGMER_SERVER_ADDR", "VIRTUAL_ENV", "PYTHONPATH")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PWD", raising=False)
    return tmp_path


def test_paths_become_absolute(place: Path) -> None:
    (place / "real" / "deep").mkdir(parents=True)
    (place / "link").symlink_to("real/deep")
    assert placed(Path("file")) == place / "file"
    assert placed(Path("link/file")) == place / "link/file"
    assert placed(Path("link/../file")) == place / "real/file"
    assert placed(Path("link/..")) == place / "real"
    assert placed(Path("/etc/hosts")) == Path("/etc/hosts")


@pytest.mark.parametrize("address", ["localhost:80", "https://host", "unix:/a/b", "unix:///a/b", "", "unix:"])
def test_other_addresses_stay(place: Path, address: str) -> None:
    assert placed_address(address) == address


def test_a_socket(place: Path) -> None:
    assert placed_address("unix:a/b") == f"unix:{place}/a/b"


def test_variables(place: Path) -> None:
    environ = {
        "STIGMER_DATA_DIR": "data",
        "STIGMER_LLM_SCRIPT": "~/script",
        "STIGMER_SERVER_ADDR": "unix:socket",
        "PYTHONPATH": f"lib{os.pathsep}{os.pathsep}/abs",
    }
    place_variables(environ, ALL)
    assert environ == {
        "STIGMER_DATA_DIR": f"{place}/data",
        "STIGMER_LLM_SCRIPT": "~/script",
        "STIGMER_SERVER_ADDR": f"unix:{place}/socket",
        "PYTHONPATH": f"{place}/lib{os.pathsep}{os.pathsep}/abs",
    }


def test_the_name_that_the_shell_has(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "real").mkdir()
    (place / "link").symlink_to("real")
    monkeypatch.chdir(place / "link")
    assert here() == place / "real"
    for right in (place / "link", place / "real"):
        monkeypatch.setenv("PWD", str(right))
        assert here() == right
    for wrong in (str(place), "link", f"{place}/real/../link", f"{place}/none", ""):
        monkeypatch.setenv("PWD", wrong)
        assert here() == place / "real"


def test_nowhere(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "gone").mkdir()
    monkeypatch.chdir(place / "gone")
    (place / "gone").rmdir()
    with pytest.raises(UsageError, match="no longer exists"):
        here()
    environ = {"STIGMER_DATA_DIR": "data", "VIRTUAL_ENV": "/venv"}
    place_variables(environ, ALL)
    assert environ == {"STIGMER_DATA_DIR": "data", "VIRTUAL_ENV": "/venv"}
