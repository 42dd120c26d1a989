"""Projects on disk."""

from __future__ import annotations

from pathlib import Path

from runcmd.project import Project, load

PYTHON = "name: demo\nruntime: python\n"


def load_project(directory: Path, program: str, *, yaml: str = PYTHON) -> Project:
    """Written, and read as the command reads it."""
    return load(write_project(directory, program, yaml=yaml) / "Stigmer.yaml")


def write_project(directory: Path, program: str, *, yaml: str = PYTHON) -> Path:
    """Stigmer.yaml and main.py; what else is there stays. Returns the directory."""
    directory.mkdir(exist_ok=True)
    (directory / "Stigmer.yaml").write_text(yaml)
    (directory / "main.py").write_text(program)
    return directory
