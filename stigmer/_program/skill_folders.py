"""Packs the skills in folders of the project: the same files make the same bytes, and one version."""

# ruff: noqa: PTH112, PTH113, PTH118, PTH123, PTH208 -- as the rest of a program's start
from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase

from stigmer.errors import DeclarationError
from stigmer.skills import SkillFolder

# As `stigmer skill push` has it.
MOST_FILES = 10_000
MOST_ZIP_BYTES = (10 << 20) - (64 << 10)
STORED_BYTES = 4 << 20
EPOCH = (1980, 1, 1, 0, 0, 0)
# What tools leave behind, and what nobody wants to publish.
LEFT_OUT = (
    *(".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache"),
    *(".pytest_cache", ".DS_Store", ".idea", ".vscode", "*.pyc", "*.log", "*.swp", "*~", ".#*"),
    *(".env", ".env.*", "*.pyd", "*.so", "*.dylib", "*.dll", "*.class"),
)
KEPT = (".env.example", ".env.sample", ".env.template")


def packed(skill: SkillFolder) -> bytes:
    """The zip. It says the skill's version. Raises DeclarationError."""
    root = os.path.realpath(skill.folder)
    files = sorted(_below(root, "", (root,), skill))
    if len(files) > MOST_FILES:
        raise DeclarationError(f"{skill!r} has more than {MOST_FILES:,} files", skill.place)
    contents = [(name, *_read(os.path.join(root, name), skill)) for name in files]
    method = (
        zipfile.ZIP_STORED
        if sum(len(content) for _, content, _ in contents) <= STORED_BYTES
        else zipfile.ZIP_DEFLATED
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, executable in contents:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix: the modes count
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            entry.compress_type = method
            archive.writestr(entry, content)
    data = buffer.getvalue()
    if len(data) > MOST_ZIP_BYTES:
        raise DeclarationError(f"{skill!r} is too large: {len(data):,} bytes as a zip", skill.place)
    skill.version = hashlib.sha256(data).hexdigest()
    return data


def _below(root: str, folder: str, above: tuple[str, ...], skill: SkillFolder) -> Iterator[str]:
    for name in sorted(os.listdir(os.path.join(root, folder))):
        if _left_out(name):
            continue
        path = f"{folder}/{name}" if folder else name
        real = os.path.realpath(os.path.join(root, path))
        if real != root and not real.startswith(f"{root}{os.sep}"):
            raise DeclarationError(f"{path} leads out of {skill!r}, to {real}: copy it instead", skill.place)
        if os.path.isdir(real):
            if real in above:
                raise DeclarationError(f"{path} in {skill!r} is a link to where it is itself", skill.place)
            yield from _below(root, path, (*above, real), skill)
        elif os.path.isfile(real):
            yield path


def _left_out(name: str) -> bool:
    return name not in KEPT and any(fnmatchcase(name, pattern) for pattern in LEFT_OUT)


def _read(path: str, skill: SkillFolder) -> tuple[bytes, bool]:
    try:
        with open(path, "rb") as file:
            return file.read(), bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
    except OSError as error:
        raise DeclarationError(f"{skill!r} cannot be read: {path}: {error.strerror}", skill.place) from None
