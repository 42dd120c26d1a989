"""A repository to ask git about."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from devloop.ignore import Ignore, Reason


@dataclass(frozen=True)
class Repository:
    """A working tree in a temporary directory."""

    top: Path

    def git(self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> bytes:
        answer = subprocess.run(
            ["git", *arguments], cwd=cwd or self.top, input=stdin, capture_output=True, check=False
        )
        assert answer.returncode in (0, 1), answer.stderr
        return answer.stdout

    def write(self, path: str, content: str | bytes = b"") -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else os.fsencode(content))
        return file

    def ignored(self, paths: Iterable[str], project: str = "") -> Mapping[str, Reason]:
        """What git says: the line that ignores each path; paths and files as seen from a directory."""
        root = self.top / project
        asked = b"\0".join(map(os.fsencode, paths))
        command = ("check-ignore", "--no-index", "--verbose", "--non-matching", "-z", "--stdin")
        fields = self.git(*command, stdin=asked, cwd=root).split(b"\0")[:-1]
        return {
            os.fsdecode(path): Reason(
                _seen_from(root, self.top / os.fsdecode(source)), int(line), pattern.decode(errors="replace")
            )
            for source, line, pattern, path in zip(*(fields[at::4] for at in range(4)), strict=True)
            if source and not pattern.startswith(b"!")
        }

    def compare(self, paths: Iterable[str], project: str = "") -> int:
        """Our answers equal git's, down to the line; returns how many paths are ignored."""
        asked = list(paths)
        root = self.top / project
        ignore = Ignore.load(root)
        ours = {path: ignore.ignores(path, _is_directory(root / path)) for path in asked}
        gits = self.ignored(asked, project)
        assert {path: reason for path, reason in ours.items() if reason} == gits
        return len(gits)

    def everything(self, project: str = "") -> list[str]:
        """Every path in the tree."""
        root = self.top / project
        return [
            os.path.relpath(Path(folder, name), root)
            for folder, folders, files in os.walk(root)
            if ".git" not in Path(folder).parts
            for name in (*folders, *files)
            if name != ".git"
        ]


def _seen_from(root: Path, source: Path) -> str:
    """How we name a file: below the project, or absolute."""
    file = Path(os.path.normpath(source))
    return str(file.relative_to(root) if file.is_relative_to(root) else file)


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that the developer's configuration of git does not count."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in list(os.environ):
        if name == "XDG_CONFIG_HOME" or (name.startswith("GIT_") and name != "GIT_CONFIG_NOSYSTEM"):
            monkeypatch.delenv(name)
    return home


@pytest.fixture
def new_repository(tmp_path: Path, home: Path) -> Callable[[str], Repository]:
    """Makes repositories."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def make(name: str) -> Repository:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        repository = Repository(tmp_path / name)
        repository.git("init", "-q")
        return repository

    return make


@pytest.fixture
def repository(new_repository: Callable[[str], Repository]) -> Repository:
    return new_repository("repository")
