"""Programs that use the SDK: in this process, or synthesised in one of their own as `stigmer run` does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stigmer import project
from stigmer._program import encoding
from stigmer_api.agent_pb2 import Agent
from stigmer_api.workflow_pb2 import Workflow
from tests.support.paths import PYTHONPATH

IMPORTS = "from stigmer import *\n"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a program declared in this process."""

    files: Mapping[str, bytes]

    @property
    def workflow(self) -> Workflow:
        return Workflow.FromString(self.files["workflow-0.pb"])

    @property
    def agent(self) -> Agent:
        return Agent.FromString(self.files["agent-0.pb"])


Declare = Callable[[str], Declared]


@pytest.fixture
def declare(tmp_path: Path) -> Declare:
    """Runs a program here; its first line is the import of the SDK."""

    def run(source: str) -> Declared:
        current = project.begin()
        code = compile(IMPORTS + textwrap.dedent(source), str(tmp_path / "main.py"), "exec")
        exec(code, {"__name__": "__main__"})
        return Declared(files=encoding.files_of(current))

    return run


@dataclass(kw_only=True)
class Project:
    """A directory with a program, and what comes of synthesising it."""

    directory: Path
    out: Path
    environment: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=lambda: ["-P", "-B", "-X", "utf8"])

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def start(self, *, out: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": PYTHONPATH, **self.environment}
        if out:
            environment["STIGMER_OUT_DIR"] = str(self.out)
        for old in self.out.iterdir():
            old.unlink()
        call = "from stigmer._program.synthesis import main; main()"
        main = str(self.directory / "main.py")
        return subprocess.run(
            [sys.executable, *self.flags, "-c", call, main, str(self.directory)],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def synthesise(self, main: str = "") -> Mapping[str, bytes]:
        if main:
            self.write("main.py", main)
        ended = self.start()
        assert ended.returncode == 0, ended.stderr + self.text("error.json")
        return self.files

    @property
    def files(self) -> Mapping[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.out.iterdir())}

    def text(self, name: str) -> str:
        path = self.out / name
        return path.read_text() if path.exists() else ""

    def json(self, name: str) -> Any:
        return json.loads(self.text(name))

    @property
    def workflow(self) -> Workflow:
        return Workflow.FromString(self.files["workflow-0.pb"])


@pytest.fixture
def user(tmp_path: Path) -> Project:
    directory, out = tmp_path / "project", tmp_path / "out"
    directory.mkdir()
    out.mkdir()
    return Project(directory=directory, out=out)
