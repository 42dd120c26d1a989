"""What the zip of a skill may hold: the same when it is pushed and when it is used."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

MEBIBYTE = 1024 * 1024
MAX_ZIP_BYTES = 100 * MEBIBYTE
MAX_UNPACKED_BYTES = 500 * MEBIBYTE
MAX_RATIO = 100
RATIO_COUNTS_FROM_BYTES = 10 * MEBIBYTE  # repetitive text is small and harmless
MAX_ENTRIES = 10_000
MAX_NAME_BYTES = 1000  # what is left of 4,096 (1,024 on macOS) belongs to where it is unpacked
MAX_PART_BYTES = 255
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class BadArchive(ValueError):  # noqa: N818
    """The text says what in it is too much, or could do harm."""


def check(entries: Sequence[zipfile.ZipInfo], packed_bytes: int) -> None:
    """Raises BadArchive, before anything is unpacked."""
    _refuse_bombs(entries, packed_bytes)
    files: set[PurePosixPath] = set()
    folders: set[PurePosixPath] = set()
    for entry in entries:
        path = _safe(entry)
        folded = PurePosixPath(str(path).casefold())
        if folded in files or (folded in folders and not entry.is_dir()):
            raise BadArchive(f"{entry.orig_filename!r} is in it twice")
        folders.update(folded.parents)
        (folders if entry.is_dir() else files).add(folded)
    if clash := next(iter(files & folders), None):
        raise BadArchive(f"'{clash}' is in it twice, as a file and as a directory")


def _refuse_bombs(entries: Sequence[zipfile.ZipInfo], packed_bytes: int) -> None:
    if packed_bytes > MAX_ZIP_BYTES:
        raise BadArchive(f"{packed_bytes} bytes; a skill's zip may have {MAX_ZIP_BYTES}")
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise BadArchive(f"{len(entries)} files; a skill may have {MAX_ENTRIES}")
    if unpacked > MAX_UNPACKED_BYTES:
        raise BadArchive(f"{unpacked} bytes unpacked; a skill may have {MAX_UNPACKED_BYTES}")
    if unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > packed_bytes * MAX_RATIO:
        raise BadArchive(f"unpacks to more than {MAX_RATIO} times its size; this looks like a zip bomb")


def _safe(entry: zipfile.ZipInfo) -> PurePosixPath:
    # `orig_filename`: zipfile itself cuts a name at a NUL and turns backslashes on some systems.
    name = entry.orig_filename
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or any(bad in name for bad in "\\\0:"):
        raise BadArchive(f"the name {name!r} could lead outside of the skill's directory")
    sizes = [len(part.encode("utf-8", "replace")) for part in path.parts]
    if max(sizes) > MAX_PART_BYTES or sum(sizes) + len(sizes) > MAX_NAME_BYTES:
        raise BadArchive(f"the name {name[:100]!r}… is too long for a file")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"{name!r} is a link or a device; pack the file itself")
    if entry.flag_bits & 1:
        raise BadArchive(f"{name!r} is encrypted; pack it without a password")
    if entry.compress_type not in METHODS:
        raise BadArchive(f"{name!r} uses an unknown compression; pack it again")
    return path
