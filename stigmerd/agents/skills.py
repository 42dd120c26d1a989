"""Unpacks a skill's archive where it can do no harm, and tells the model about it."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stigmerd.agents.problems import AgentProblem

LARGEST_SKILL_BYTES = 50 * 1024 * 1024
MOST_SKILL_FILES = 2000


class SkillProblem(AgentProblem):
    """An archive that must not be unpacked."""


@dataclass(frozen=True, kw_only=True)
class UnpackedSkill:
    name: str
    folder: Path
    text: str


def unpack(name: str, archive: bytes, folder: Path) -> None:
    """Raises SkillProblem, before anything is written, for an entry that points elsewhere or is too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            check(name, entries)
            for entry in entries:
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                write(name, opened, entry, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise SkillProblem(f'the archive of the skill "{name}" is damaged: {error}') from error


def check(name: str, entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_SKILL_FILES:
        raise SkillProblem(f'the skill "{name}" has {len(entries)} files (limit {MOST_SKILL_FILES})')
    if (size := sum(entry.file_size for entry in entries)) > LARGEST_SKILL_BYTES:
        raise SkillProblem(f'the skill "{name}" unpacks to {size:,} bytes (limit {LARGEST_SKILL_BYTES:,})')
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise SkillProblem(f'the skill "{name}" has a file outside of its folder: {entry.filename}')
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise SkillProblem(f'the skill "{name}" has a link: {entry.filename}')


def write(name: str, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    # The header's size is the archive's own word, so the bytes are counted as well.
    left = entry.file_size
    with opened.open(entry) as source, target.open("xb") as sink:
        while block := source.read(1 << 16):
            left -= len(block)
            if left < 0:
                raise SkillProblem(f'the skill "{name}" lies about the size of {entry.filename}')
            sink.write(block)
    if entry.external_attr >> 16 & stat.S_IXUSR:
        target.chmod(0o700)


def section(skills: Sequence[UnpackedSkill]) -> str:
    """The part of the system prompt that lists the skills; empty without any."""
    if not skills:
        return ""
    listed = "\n\n".join(
        f'<skill name="{skill.name}" folder="{skill.folder}">\n{skill.text.strip()}\n</skill>'
        for skill in skills
    )
    return (
        "\n\n# Skills\n\nUse a skill when the task is one that it describes. "
        f"Paths in a skill are relative to its folder.\n\n{listed}"
    )
