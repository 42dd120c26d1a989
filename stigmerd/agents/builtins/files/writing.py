"""Write a file, and exchange one passage of it. What was there before is replaced in one step."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

from stigmer_api.facts import WRITTEN_ATTRIBUTE
from stigmerd.agents.builtins.files.diff import diff
from stigmerd.agents.builtins.files.place import Located, Root
from stigmerd.agents.builtins.files.protected import unwritten
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.texts import TextReader, is_binary

MOST_BYTES = 10 << 20
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PYVENV = "pyvenv.cfg"


@dataclass(frozen=True)
class FileWritten:
    """What was done, for the model and for people."""

    text: str
    file: str
    diff: str


def write_file(
    root: Root, reader: TextReader, path: str, content: str, *, pretend: bool = False
) -> FileWritten:
    """`pretend`: only say what would be done. Raises Refused, and OSError."""
    if name := unwritten(path.split("/")):  # before directories are made for it
        raise Refused(no_say(path, name))
    if pretend and not _has_directory(root, path):
        return FileWritten(f"{path} created", path, diff(path, None, content))
    with root.place(path, make=not pretend) as place:
        _require_writable(place, reader, path)
        before = None if place.status is None else _old_text(place, reader)
        if not pretend:
            _replace(place, content.encode("utf-8", "replace"))
        lines = content.count("\n") + (not content.endswith("\n") if content else 0)
        did = "created" if before is None else "replaced"
        return FileWritten(
            f"{place.path} {did}: {lines:,} lines", place.path, diff(place.path, before, content)
        )


def edit_file(
    root: Root, reader: TextReader, path: str, old: str, new: str, *, all_of_them: bool, pretend: bool = False
) -> FileWritten:
    """`old` stands in the file once, unless all of them are exchanged. Raises Refused, and OSError."""
    with root.place(path) as place:
        _require_writable(place, reader, path)
        content = reader.content(place)
        if is_binary(content):
            raise Refused(f"{place.path} is binary")
        try:
            before = content.decode()
        except UnicodeDecodeError:
            raise Refused(f"{place.path} is not UTF-8 text") from None
        if old == new:
            raise Refused("old and new are the same")
        count = before.count(old) if old else 0
        if not count and "\r\n" in before:
            old, new = (_with_returns(each) for each in (old, new))
            count = before.count(old) if old else 0
        if not count:
            raise Refused(f"{place.path} does not hold that text: read it, and give old exactly as it stands")
        if count > 1 and not all_of_them:
            raise Refused(f"{place.path} holds that text {count} times: give more of it, or all_of_them=true")
        after = before.replace(old, new)
        if not pretend:
            _replace(place, after.encode())
        did = "once" if count == 1 else f"{count} times"
        return FileWritten(
            f"{place.path} edited: exchanged {did}", place.path, diff(place.path, before, after)
        )


def _has_directory(root: Root, path: str) -> bool:
    try:
        with root.place(path.rstrip("/").rpartition("/")[0]) as place:
            return place.is_directory
    except Refused:
        return False


def _with_returns(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _require_writable(place: Located, reader: TextReader, path: str) -> None:
    if place.is_directory:
        raise Refused(f"{path} is a directory")
    reader.require_readable(place)
    if name := unwritten(place.names):
        raise Refused(no_say(place.path, name))
    with suppress(FileNotFoundError):
        os.stat(PYVENV, dir_fd=place.directory, follow_symlinks=False)
        raise Refused(f"{place.path} is not written: it is in a virtual environment")


def no_say(path: str, name: str) -> str:
    return f"{path} is not written: agents have no say in {name}"


def _old_text(place: Located, reader: TextReader) -> str:
    content = reader.content(place)
    return "(binary)\n" if is_binary(content) else content.decode("utf-8", "replace")


def _replace(place: Located, content: bytes) -> None:
    """By another file in its place: a reader sees all or nothing, and a file's other names keep theirs."""
    if len(content) > MOST_BYTES:
        raise Refused(f"{len(content):,} bytes are too many: {MOST_BYTES:,} at most")
    draft = f".{token_hex(8)}.swp"  # a name that watch loops leave out
    mode = 0o666 if place.status is None else stat.S_IMODE(place.status.st_mode) & 0o777
    descriptor = os.open(draft, NEW, mode, dir_fd=place.directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _mark(file.fileno(), content)
            if place.status is not None:
                os.fchmod(file.fileno(), mode)
        os.replace(draft, place.name, src_dir_fd=place.directory, dst_dir_fd=place.directory)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=place.directory)
        raise


def _mark(descriptor: int, content: bytes) -> None:
    """A watch loop sees by whom it was written, as soon as it is there."""
    with suppress(OSError, AttributeError):  # not everywhere are such attributes
        os.setxattr(descriptor, WRITTEN_ATTRIBUTE, hashlib.sha256(content).hexdigest().encode())
