"""The real command, in a world of its own: a home, a daemon, and a look at what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pexpect

from tests.support.paths import SAMPLE_PROJECT

STIGMER = Path(sys.executable).parent / "stigmer"
MARK = "STIGMER_TEST_WORLD"
PATIENCE_SECONDS = 60  # how long before a wait for an event is called a failure


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


class Running:
    """A command that runs: its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        self._errors: list[str] = []
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def until(self, wanted: Callable[[str], bool] | str) -> str:
        """The first line that is wanted. What came before is in `lines`."""
        matches = wanted if callable(wanted) else lambda line: wanted in line
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(
                    f"no {wanted!r} within {PATIENCE_SECONDS} s after: {self.lines}"
                ) from None
            if line is None:
                raise AssertionError(f"ended without {wanted!r}: {self.lines} {self._errors}")
            self.lines.append(line)
            if matches(line):
                return line

    def event(self, name: str) -> dict[str, Any]:
        """The next event of this name (`-o json`)."""
        found: dict[str, Any] = json.loads(self.until(f'"event": "{name}"'))
        return found

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Done:
        code = self.process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        while (line := self._queue.get()) is not None:
            self.lines.append(line)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return Done(code=code, out="".join(self.lines), err="".join(self._errors))

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        self._errors.extend(self.process.stderr)


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
            "STIGMER_TEST_WORLD": str(self.dir),
        }
        return {name: os.environ[name] for name in kept if name in os.environ} | home | self.extra

    def run(
        self,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
    ) -> Done:
        done = subprocess.run(
            [STIGMER, *args],
            cwd=cwd or self.dir,
            env=self.environ | dict(env or {}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Running:
        return Running(
            subprocess.Popen(
                [STIGMER, *args],
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
        directory = self.dir / name
        directory.mkdir(exist_ok=True)
        (directory / "Stigmer.yaml").write_text(yaml or f"name: {name}\nruntime: python\n")
        (directory / "main.py").write_text(program)
        return directory

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
        """What runs with our mark, outside of the daemon's own family."""
        family = descendants(self.daemon_pid())
        return {pid: what for pid, what in marked(self.dir).items() if pid not in family}

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


def wait_until(
    true: Callable[[], bool], what: str, more: Callable[[], str] = str, seconds: float = PATIENCE_SECONDS
) -> None:
    """For what has no event to wait for: the process table, a file."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what} {more()}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def marked(directory: Path) -> dict[int, str]:
    """The living processes that carry this world's mark: id → command line."""
    mark = f"{MARK}={directory}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0") and alive(int(entry.name)):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def descendants(root: int | None) -> set[int]:
    """A process and all that came from it, by parents and by sessions."""
    if root is None:
        return set()
    parents: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1]), int(fields[3])
    family = {root}
    while True:
        more = {
            pid for pid, (parent, session) in parents.items() if parent in family or session in family
        } - family
        if not more:
            return family
        family |= more
