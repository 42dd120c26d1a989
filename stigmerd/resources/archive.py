"""Is this zip a skill, and is it safe to unpack?"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

from stigmerd.resources.rpc_error import invalid
from stigmerd.resources.skill_archive import MEBIBYTE, BadArchive, check

MAX_MANUAL_BYTES = MEBIBYTE
MANUAL = "SKILL.md"


def manual_of(artifact: bytes) -> str:
    """The text of SKILL.md. Refuses what breaks a limit or could write outside of its directory."""
    try:
        with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
            check(archive.infolist(), len(artifact))
            return _manual(archive)
    except BadArchive as error:
        raise invalid(f"artifact: {error}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise invalid(
            f"artifact: not a zip file that can be read ({error}); pack the skill's directory again"
        ) from error


def _manual(archive: zipfile.ZipFile) -> str:
    entry = next((entry for entry in archive.infolist() if entry.orig_filename == MANUAL), None)
    if entry is None:
        nested = any(name.endswith(f"/{MANUAL}") for name in archive.namelist())
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
