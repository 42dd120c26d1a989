"""Where does git keep its ignore rules?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stigmer_api.reading import read_bounded

CONFIG_SECONDS = 5
MOST_BYTES = 1 << 14  # of a file that holds a path

# Set inside a git hook; they would point git to another repository.
_OF_ANOTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
)


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A working tree, and the file beside its history that ignores for this clone only."""

    top: Path
    exclude: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What git's configuration says about ignoring."""

    excludes_file: Path | None
    fold: bool
    trouble: str = ""


def environment() -> dict[str, str]:
    """Our environment, without what points git to another repository."""
    return {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}


def find(directory: Path) -> GitRepository | None:
    """The repository that a directory belongs to. Like git, stops at the end of the file system."""
    start = directory.resolve()
    try:
        device = start.stat().st_dev
        for top in (start, *start.parents):
            if top.stat().st_dev != device:
                return None
            if repository := at(top):
                return repository
    except OSError:  # the project is being replaced, or we may not read it
        return None
    return None


def at(top: Path) -> GitRepository | None:
    """The repository whose working tree begins here."""
    marker = top / ".git"
    if marker.is_dir():
        known = os.access(marker / "HEAD", os.F_OK)
        return GitRepository(top, _common(marker) / "info/exclude") if known else None
    try:
        text = _text(marker)
    except OSError:
        return None
    if not text.startswith("gitdir: "):
        return None
    git_dir = top / text.removeprefix("gitdir: ").rstrip("\r\n")
    return GitRepository(top, _common(git_dir.resolve()) / "info/exclude")


def _text(file: Path) -> str:
    return read_bounded(file, MOST_BYTES).decode("utf-8", "surrogateescape")


def _common(git_dir: Path) -> Path:
    """A linked worktree shares the directory of its repository."""
    try:
        common = _text(git_dir / "commondir").rstrip("\r\n")
    except OSError:
        return git_dir
    return (git_dir / common).resolve()


def settings(directory: Path, top: Path) -> Settings:
    """Asks git's configuration; git's defaults where there is none."""
    values, trouble = _ask(directory)
    return Settings(
        excludes_file=_excludes_file(values.get("core.excludesfile"), top),
        fold=values.get("core.ignorecase", "false").lower() not in ("false", "no", "off", "0", ""),
        trouble=trouble,
    )


def _ask(directory: Path) -> tuple[Mapping[str, str], str]:
    command = ["git", "config", "-z", "--get-regexp", r"^core\.(excludesfile|ignorecase)$"]
    try:
        answer = subprocess.run(
            command,
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CONFIG_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return {}, ""
    except (OSError, subprocess.TimeoutExpired) as error:
        return {}, f"cannot ask git for its configuration: {error}"
    if answer.returncode > 1:  # 1: neither is set
        why = os.fsdecode(answer.stderr).strip().partition("\n")[0]
        return {}, f"git cannot read its configuration: {why}"
    entries = (entry.partition("\n") for entry in os.fsdecode(answer.stdout).split("\0") if entry)
    return {key: value if newline else "true" for key, newline, value in entries}, ""


def _excludes_file(value: str | None, top: Path) -> Path | None:
    if value is not None:
        try:
            return top / Path(value).expanduser() if value else None
        except RuntimeError:  # no such user
            return None
    home = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("HOME")
    if not home:
        return None
    return Path(home, "git/ignore") if os.environ.get("XDG_CONFIG_HOME") else Path(home, ".config/git/ignore")
