"""Projects and the programs that they run."""

from __future__ import annotations

import base64
from pathlib import Path

from runcmd.project import Project, load
from tests.runcmd.declarations import agent

AGENT = 'from stigmer import Agent\nAgent("helper", "Help whoever asks.")\n'


def declaring(directory: Path, main: str, runtime: str = "python", more: str = "") -> Project:
    directory.mkdir(exist_ok=True)
    (directory / "Stigmer.yaml").write_text(f"name: demo\nruntime: {runtime}\n{more}")
    found = load(directory / "Stigmer.yaml")
    found.main.write_text(main)
    return found


def go_main(out: str) -> str:
    data = base64.b64encode(agent("gopher").SerializeToString()).decode()
    return (
        'package main\nimport ("encoding/base64"; "os")\nfunc main() {\n'
        f'data, _ := base64.StdEncoding.DecodeString("{data}")\n'
        f'os.WriteFile(os.Getenv("STIGMER_OUT_DIR") + "/agent-0.pb", data, 0o600)\n{out}\n}}\n'
    )
