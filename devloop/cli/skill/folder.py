"""Which files of a directory belong to the skill?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from devloop.ignore import Ignore
from runcmd.errors import UsageError
from runcmd.frozen import Frozen

MANUAL = "SKILL.md"
MOST_FILES = 10_000
MOST_BYTES = 500 << 20
# What no skill needs and nobody wants to publish; `.gitignore` and `.stigmerignore` say the rest, and may
# bring single files back. The originals of these names stay: .gitignore, .github, venv-notes.md.
NEVER = (
    "venv/",
    ".env",
    ".env.*",
    "!.env.example",
    "!.env.sample",
    "!.env.template",
    ".Python",
    "*.pyd",
    "*.so",
    "*.dylib",
    "*.dll",
    "*.class",
    "*.log",
)


class SkillFile(Frozen):
    """One that is packed."""

    name: str  # from the skill's directory, with slashes
    path: Path  # a link is followed
    size: int  # bytes
    executable: bool


class Contents(Frozen):
    """What is packed, in the order of the names, and what is not, with the reason."""

    files: tuple[SkillFile, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def bytes(self) -> int:
        """Of all files, unpacked."""
        return sum(each.size for each in self.files)


def contents(directory: Path) -> Contents:
    """Raises UsageError for what can be no skill, and for what leads out of it."""
    root = Path(os.path.realpath(directory))
    if not root.is_dir():
        raise _no_skill(f"there is no directory {directory}")
    if not (root / MANUAL).is_file():
        near = [each.name for each in root.iterdir() if each.name.lower() == MANUAL.lower()]
        hint = f"rename {near[0]} to {MANUAL}" if near else f"name the directory that has a {MANUAL}"
        raise _no_skill(f"{directory} has no {MANUAL}", hint)
    walk = _Walk(root)
    files = sorted(walk.below(root, ()), key=lambda each: each.name)
    if MANUAL not in [each.name for each in files]:
        reason = dict(walk.left_out).get(MANUAL, "")
        raise _no_skill(f"{MANUAL} is ignored, by the line {reason}", "remove that line, or add: !SKILL.md")
    return Contents(files=tuple(files), left_out=tuple(sorted(walk.left_out)))


class _Walk:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._rules = Ignore.load(root, NEVER)
        self._count = 0
        self._bytes = 0
        self.left_out: list[tuple[str, str]] = []

    def below(self, directory: Path, above: Sequence[Path]) -> Iterator[SkillFile]:
        """`above`: the real directories that lead here; a link to one of them would never end."""
        try:
            entries = sorted(os.scandir(directory), key=lambda each: each.name)
        except OSError as error:
            raise _unpackable(
                f"cannot read {directory}: {error.strerror}", "check its permissions"
            ) from error
        for entry in entries:
            path = directory / entry.name
            name = path.relative_to(self._root).as_posix()
            self._require_text(name)
            real = self._inside(path, name) if entry.is_symlink() else path
            if real.is_dir():
                if not self._leaves_out(name, directory=True):
                    yield from self._directory(path, name, real, above)
            elif not self._leaves_out(name, directory=False):
                yield from self._file(path, name)

    def _directory(self, path: Path, name: str, real: Path, above: Sequence[Path]) -> Iterator[SkillFile]:
        trail = [*above, Path(os.path.realpath(path.parent))]
        if real in trail:
            raise _unpackable(f"{name} is a link to {real}, in which it is itself", "remove the link")
        yield from self.below(path, trail)

    def _file(self, path: Path, name: str) -> Iterator[SkillFile]:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            self.left_out.append((name, "no ordinary file"))
            return
        self._count += 1
        self._bytes += status.st_size
        if self._count > MOST_FILES or self._bytes > MOST_BYTES:
            raise UsageError(
                f"the skill is too large: {MOST_FILES:,} files and {MOST_BYTES >> 20} MiB are the most",
                code="E0163",
                hint="leave out what agents do not need, with lines in .gitignore",
            )
        yield SkillFile(
            name=name, path=path, size=status.st_size, executable=bool(status.st_mode & stat.S_IXUSR)
        )

    def _leaves_out(self, name: str, *, directory: bool) -> bool:
        reason = self._rules.ignores(name, directory)
        if reason is None:
            return False
        known = reason.pattern in NEVER or not reason.line
        self.left_out.append((f"{name}/" if directory else name, reason.pattern if known else str(reason)))
        return True

    def _inside(self, path: Path, name: str) -> Path:
        """Where a link leads."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self._root):
            raise _unpackable(f"{name} leads out of the skill, to {real}", "copy the file instead")
        if not real.exists():
            raise _unpackable(f"{name} is a link to {real}, which is not there", "remove the link")
        return real

    def _require_text(self, name: str) -> None:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise _unpackable("a file's name is not UTF-8 text", "rename it") from None


def _no_skill(problem: str, hint: str = "name the directory of the skill") -> UsageError:
    return UsageError(problem, code="E0161", hint=hint)


def _unpackable(problem: str, hint: str) -> UsageError:
    return UsageError(problem, code="E0162", hint=hint)
