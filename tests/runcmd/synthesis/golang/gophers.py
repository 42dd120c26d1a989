"""Go programs that declare one agent, and who runs them."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from runcmd.project import Project, load
from runcmd.synthesis.golang.building import STILL_NS
from runcmd.synthesis.golang.kept import FOLDER, PROGRAM, UNFINISHED, GoBuild
from runcmd.synthesis.golang.program import run_go
from runcmd.synthesis.scratch import open_scratch
from tests.runcmd.declarations import agent
from tests.support.poll import until

MODULE = "module demo\n\ngo 1.19\n"
DEADLINE = 300.0
# For a test, with all that has to be compiled once.
PATIENT = pytest.mark.timeout(900)
STANDARD = ("bytes", "embed", "encoding/base64", "fmt", "os", "time")  # that the programs of the tests import


def needs_go(factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cache that all tests share: the standard library takes long to compile.

    It is compiled here, where nobody waits for it with a limit.
    """
    if shutil.which("go") is None:
        pytest.skip("needs Go")
    monkeypatch.setenv("GOFLAGS", "-modcacherw")
    own = factory.getbasetemp()
    # Of all runs and workers: what was compiled for one need not be for the next.
    cache = next((each for each in own.parents if each.name.startswith("pytest-of-")), own) / "go-cache"
    monkeypatch.setenv("GOCACHE", str(cache))
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.delenv("GOWORK", raising=False)
    cache.mkdir(exist_ok=True)
    with (cache / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["go", "build", *STANDARD], cwd=own, check=True, capture_output=True)


def program(said: str, *, imports: str = "", declares: str = "gopher", above: str = "") -> str:
    """One that declares an agent. `said`: code of its main function; `above`: the package clause."""
    data = base64.b64encode(agent(declares).SerializeToString()).decode()
    return (
        f'{above}package main\nimport ("encoding/base64"; "os"; {imports})\nfunc main() {{\n'
        f'data, _ := base64.StdEncoding.DecodeString("{data}")\n'
        f'os.WriteFile(os.Getenv("STIGMER_OUT_DIR") + "/agent-0.pb", data, 0o600)\n{said}\n}}\n'
    )


class Gopher:
    """A project, and what its program says on standard error."""

    def __init__(self, directory: Path, main: str = "main.go") -> None:
        self.directory = directory
        self.latest: GoBuild
        self.write("Stigmer.yaml", f"name: demo\nruntime: go\nmain: {main}\n")
        self.write("go.mod", MODULE)

    @property
    def project(self) -> Project:
        return load(self.directory / "Stigmer.yaml")

    @property
    def built(self) -> bool:
        """Did the latest run build it?"""
        return self.latest.program.name != PROGRAM or self.latest.program.parent.name.startswith(
            (UNFINISHED, "stigmer-")
        )

    def write(self, name: str, text: str) -> None:
        place = self.directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    async def says(self, *, soon: bool = False) -> str:
        """What the program writes, run once more. Raises ProjectError.

        `soon`: so soon after the latest edit that it may still go on, for all that we know.
        """
        if not soon:
            written = time.time_ns()
            await until(lambda: time.time_ns() - written > 2 * STILL_NS)
        async with open_scratch() as out:
            finished, self.latest = await run_go(self.project, out, DEADLINE)
        assert finished.status == 0, finished.stderr
        return finished.stderr

    def kept(self) -> list[Path]:
        """The directories of the builds that are kept."""
        return [each.parent for each in Path(os.environ["STIGMER_DATA_DIR"], FOLDER).glob(f"*/*/{PROGRAM}")]
