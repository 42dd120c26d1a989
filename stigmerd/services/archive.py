"""Is this zip a skill, and is it safe to unpack?"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from stigmerd.services.refusal import invalid

MEBIBYTE = 1024 * 1024
MAX_ZIP_BYTES = 100 * MEBIBYTE
MAX_UNPACKED_BYTES = 500 * MEBIBYTE
MAX_RATIO = 100
RATIO_COUNTS_FROM_BYTES = 10 * MEBIBYTE  # repetitive text is small and harmless
MAX_ENTRIES = 10_000
MAX_MANUAL_BYTES = MEBIBYTE
MANUAL = "SKILL.md"


def manual_of(artifact: bytes) -> str:
    """The text of SKILL.md. Refuses what breaks a limit or could write outside of its directory."""
    if len(artifact) > MAX_ZIP_BYTES:
        raise invalid(f"artifact: {len(artifact)} bytes; a skill's zip may have {MAX_ZIP_BYTES}")
    try:
        with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries, len(artifact))
            names: set[str] = set()
            for entry in entries:
                _refuse_entry(entry, names)
            return _manual(archive, names)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise invalid(
            f"artifact: not a zip file that can be read ({error}); pack the skill's directory anew"
        ) from error


def _refuse_bombs(entries: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise invalid(f"artifact: {len(entries)} files; a skill may have {MAX_ENTRIES}")
    if unpacked > MAX_UNPACKED_BYTES:
        raise invalid(f"artifact: {unpacked} bytes unpacked; a skill may have {MAX_UNPACKED_BYTES}")
    if unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > packed * MAX_RATIO:
        raise invalid(
            f"artifact: unpacks to more than {MAX_RATIO} times its size; that looks like a zip bomb"
        )


def _refuse_entry(entry: zipfile.ZipInfo, names: set[str]) -> None:
    # `orig_filename`: zipfile itself cuts a name at a NUL and turns backslashes on some systems.
    name = entry.orig_filename
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or any(bad in name for bad in "\\\0:"):
        raise invalid(f"artifact: the name {name!r} could lead outside of the skill's directory")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise invalid(f"artifact: {name!r} is a link or a device; pack the file itself")
    if entry.flag_bits & 1:
        raise invalid(f"artifact: {name!r} is encrypted; pack it without a password")
    key = str(path).casefold()
    if key in names and not entry.is_dir():
        raise invalid(f"artifact: {name!r} is in it twice")
    names.add(key)


def _manual(archive: zipfile.ZipFile, names: set[str]) -> str:
    entry = next((entry for entry in archive.infolist() if entry.orig_filename == MANUAL), None)
    if entry is None:
        nested = any(name.endswith("/skill.md") for name in names)
        hint = "it is in a subdirectory: pack the contents, not the directory" if nested else "add one"
        raise invalid(f"artifact: no {MANUAL} at the root of the zip; {hint}")
    if entry.file_size > MAX_MANUAL_BYTES:
        raise invalid(f"artifact: {MANUAL} has {entry.file_size} bytes; {MAX_MANUAL_BYTES} are allowed")
    raw = archive.read(entry)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise invalid(
            f"artifact: {MANUAL} is not UTF-8 text ({error.reason} at byte {error.start})"
        ) from error
    if not text.strip():
        raise invalid(f"artifact: {MANUAL} is empty")
    return text
