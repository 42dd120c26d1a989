"""The project that is edited: a repository with two branches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import copy

from tests.soak import look as look_module
from tests.soak.program import GITIGNORE, LOOKS, MAIN, MODULE

FEW = 8  # data files
BRANCHES = ("one", "two")


def make_project(root: Path, settings: str = "") -> None:
    """A repository with two branches that differ in all kinds of files."""
    (root.parent / LOOKS).mkdir(parents=True)
    for folder in ("data/left", "data/right", "ignored"):
        (root / folder).mkdir(parents=True)
    (root / "Stigmer.yaml").write_text(f"name: soak\nruntime: python\n{settings}")
    (root / ".gitignore").write_text(GITIGNORE)
    copy(Path(look_module.__file__), root / "look.py")
    git(root, "init", "-q", "-b", BRANCHES[0])
    fill(root, BRANCHES[0], ("data/left/1.txt", "data/left/2.txt", "data/right/1.txt", "data/only.txt"))
    git(root, "checkout", "-q", "-b", BRANCHES[1])
    for path in ("data/only.txt", "data/left/2.txt"):
        (root / path).unlink()
    fill(root, BRANCHES[1], ("data/left/1.txt", "data/right/2.txt", "data/far/1.txt", "data/far/2.txt"))
    git(root, "checkout", "-q", BRANCHES[0])


def fill(root: Path, branch: str, paths: tuple[str, ...]) -> None:
    """Commits files that hold the name of the branch."""
    same = tuple(f"data/same{number}.txt" for number in range(FEW))
    for path in (*same, *paths):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("the same\n" if path in same else f"{path} of {branch}\n")
    (root / "main.py").write_text(f"# {branch}{MAIN}")
    (root / "module.py").write_text(f"# {branch}\n{MODULE}")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", branch)


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=soak", "-c", "user.email=soak@localhost", "-c", "gc.auto=0", *arguments],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent), "GIT_CONFIG_NOSYSTEM": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
