"""Projects and the programs that they run."""

from __future__ import annotations

from pathlib import Path

from runcmd.project import Project, load

AGENT = 'from stigmer import Agent\nAgent("helper", "Help whoever asks.")\n'


def declaring(directory: Path, main: str, runtime: str = "python", more: str = "") -> Project:
    directory.mkdir(exist_ok=True)
    (directory / "Stigmer.yaml").write_text(f"name: demo\nruntime: {runtime}\n{more}")
    found = load(directory / "Stigmer.yaml")
    found.main.write_text(main)
    return found
