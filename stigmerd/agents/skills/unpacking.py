"""Unpacks a skill's archive, and writes nothing outside of its folder."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from pathlib import Path

from stigmerd.agents.problems import AgentProblem
from stigmerd.resources.skill_archive import BadArchive, check


class SkillProblem(AgentProblem):
    """An archive that must not be unpacked."""

    code = "E0852"


def unpack(name: str, archive: bytes, folder: Path) -> None:
    """Raises SkillProblem, before anything is written, for an entry that points elsewhere or is too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            check(opened.infolist(), len(archive))
            for entry in (each for each in opened.infolist() if not each.is_dir()):
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                write(name, opened, entry, target)
    except BadArchive as error:
        raise SkillProblem(f'the archive of the skill "{name}": {error}') from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, ValueError) as error:
        raise SkillProblem(f'the archive of the skill "{name}" is damaged: {error}') from error


def write(name: str, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    # The header may lie about the size, so the bytes are counted as well.
    left = entry.file_size
    with opened.open(entry) as source, target.open("xb") as sink:
        while block := source.read(1 << 16):
            left -= len(block)
            if left < 0:
                raise SkillProblem(f'the skill "{name}" states a wrong size for {entry.filename}')
            sink.write(block)
    if entry.external_attr >> 16 & stat.S_IXUSR:
        target.chmod(0o700)
