"""How programs write files: the same system calls in the same order."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Save = Callable[[Path, str], None]


def plain(path: Path, text: str) -> None:
    """VS Code, nano: truncate and write."""
    _write(path, text)


def atomic(path: Path, text: str) -> None:
    """Many formatters and coding agents: a temporary file beside it, renamed."""
    beside = path.with_name(f"{path.name}.tmp.{os.getpid()}")
    _write(beside, text, sync=True)
    beside.replace(path)


def vim_writing(path: Path, text: str) -> None:
    """vim with `backupcopy=yes`: copies the old text away, writes in place."""
    _probe(path)
    backup = path.with_name(path.name + "~")
    _write(backup, path.read_text())
    _write(path, text, sync=True)
    backup.unlink()


def vim_renaming(path: Path, text: str) -> None:
    """vim with `backupcopy=no`: the file is away for a moment."""
    _probe(path)
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    _write(path, text, sync=True)
    path.chmod(backup.stat().st_mode)
    backup.unlink()


def emacs(path: Path, text: str) -> None:
    """A lock that is a link to nowhere, an auto-save file, the backup by renaming."""
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("somebody@somewhere.1234:1700000000")
    auto_save = path.with_name(f"#{path.name}#")
    _write(auto_save, text)
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    _write(path, text, sync=True)
    auto_save.unlink()
    lock.unlink()
    backup.unlink()


def jetbrains(path: Path, text: str) -> None:
    """Safe write: three names."""
    new, old = path.with_name(f"{path.name}___jb_tmp___"), path.with_name(f"{path.name}___jb_old___")
    _write(new, text, sync=True)
    path.rename(old)
    new.rename(path)
    old.unlink()


def in_pieces(path: Path, text: str) -> None:
    """A slow writer: what is there in between is not what was meant."""
    with path.open("w") as file:
        for character in text:
            file.write(character)
            file.flush()


SAVES: tuple[Save, ...] = (plain, atomic, vim_writing, vim_renaming, emacs, jetbrains, in_pieces)


def _probe(path: Path) -> None:
    # Vim writes a file called 4913 to test the directory.
    probe = path.with_name("4913")
    probe.touch()
    probe.chmod(0o644)
    probe.unlink()


def _write(path: Path, text: str, *, sync: bool = False) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        if sync:
            os.fsync(file.fileno())
