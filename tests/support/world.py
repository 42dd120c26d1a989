"""The real command, in a world of its own: a home, a daemon, and a look at what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pexpect

from tests.support.command import Done, Running
from tests.support.paths import SAMPLE_PROJECT
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.processes import MARK, alive, descendants, marked
from tests.support.project import write_project

STIGMER = Path(sys.executable).parent / "stigmer"


@dataclass(kw_only=True)
class World:
    """A home of its own. Everything that was started in it carries its mark in the environment."""

    dir: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.dir / "d"

    @property
    def environ(self) -> dict[str, str]:
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR")
        home = {
            "HOME": str(self.dir),
            "STIGMER_DATA_DIR": str(self.data),
            MARK: str(self.dir),
        }
        return {name: os.environ[name] for name in kept if name in os.environ} | home | self.extra

    def run(
        self,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        through: Sequence[str] = (),
        limited: Callable[[], object] | None = None,
    ) -> Done:
        """`through` another command that starts it. `limited` is called in its process first."""
        done = subprocess.run(
            [*through, STIGMER, *args],
            cwd=cwd or self.dir,
            env=self.environ | dict(env or {}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            preexec_fn=limited,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(
        self,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        through: Sequence[str] = (),
    ) -> Running:
        return Running(
            subprocess.Popen(
                [*through, STIGMER, *args],
                cwd=cwd or self.dir,
                env=self.environ | dict(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )

    def terminal(self, *args: str, cwd: Path | None = None, columns: int = 100) -> pexpect.spawn[str]:
        return pexpect.spawn(
            str(STIGMER),
            list(args),
            cwd=str(cwd or self.dir),
            env=self.environ | {"TERM": "xterm-256color"},
            dimensions=(40, columns),
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
        )

    def sample(self, name: str = "project") -> Path:
        """A copy of the sample project."""
        return Path(
            shutil.copytree(
                SAMPLE_PROJECT, self.dir / name, ignore=shutil.ignore_patterns(".stigmer", "__pycache__")
            )
        )

    def project(self, program: str, *, name: str = "project", yaml: str = "") -> Path:
        """A project with this main.py."""
        return write_project(self.dir / name, program, yaml=yaml or f"name: {name}\nruntime: python\n")

    def daemon_pid(self) -> int | None:
        """The daemon's process id, by its own word; None when it is not alive."""
        try:
            pid = int(json.loads((self.data / "daemon.json").read_text())["pid"])
        except FileNotFoundError:
            return None
        return pid if alive(pid) else None

    def kill_daemon(self) -> None:
        """As a power cut would, except that its children may see it."""
        pid = self.daemon_pid()
        assert pid is not None, "no daemon is alive"
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid), "the daemon is gone")

    def processes(self) -> dict[int, str]:
        """What runs with our mark, outside of the daemon's own family and of those that end with it."""
        found = marked(self.dir)
        family = descendants(self.daemon_pid()).union(*map(descendants, self.keepers()))
        # The guard of a keeper's program is nobody's child, and a fork of the program.
        theirs = {found.get(pid) for pid in family}
        return {pid: what for pid, what in found.items() if pid not in family and what not in theirs}

    def keepers(self) -> list[int]:
        """What keeps a project's warm process between two commands."""
        return [pid for pid, what in marked(self.dir).items() if "runcmd.synthesis.forks.keeper" in what]

    def nothing_is_left(self) -> None:
        wait_until(lambda: not self.processes(), "no process is left", lambda: str(self.processes()))

    def close(self) -> None:
        if self.data.exists():
            with suppress(subprocess.TimeoutExpired):
                self.run("server", "stop")
        with suppress(AssertionError):
            wait_until(lambda: not marked(self.dir), "all is gone", seconds=5)
        for pid in marked(self.dir):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


@contextmanager
def new_world() -> Iterator[World]:
    world = World(dir=Path(tempfile.mkdtemp(prefix="e2e", dir="/tmp")))
    try:
        yield world
    finally:
        world.close()
