"""A directory becomes a skill that can be pushed: packed, checked, and called by its name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from devloop.cli.here import placed
from devloop.cli.skill.folder import MANUAL, Contents, contents
from devloop.cli.skill.pack import packed, version_of
from runcmd.errors import UsageError
from stigmer_api.slugs import server_slug

TAG = re.compile(r"[a-zA-Z0-9._-]+")


class ReadySkill:
    """A skill that is ready to be pushed."""

    def __init__(self, directory: Path, name: str, tag: str) -> None:
        """Raises UsageError."""
        if not TAG.fullmatch(tag):
            raise UsageError(
                f'--tag: "{tag}" is no tag', code="E0164", hint="it has letters, digits, dots, _ and -"
            )
        self.tag = tag
        place = placed(directory)
        self.contents: Contents = contents(place)
        self.artifact = packed(self.contents)
        self.version = version_of(self.artifact)
        self.manual = _header(next(each.path for each in self.contents.files if each.name == MANUAL))
        # `.` and a link are called as the directory is that they mean.
        self.name = name or Path(os.path.realpath(place)).name
        if not server_slug(self.name):
            raise UsageError(
                f'the skill cannot be called "{self.name}": a letter or a digit is needed',
                code="E0164",
                hint="choose a name: --name NAME",
            )

    def doubts(self) -> Iterator[tuple[str, str]]:
        """What agents may miss, and what to do."""
        named = self.manual.get("name")
        if isinstance(named, str) and server_slug(named) != server_slug(self.name):
            yield f"{MANUAL} calls the skill {named}, and it is pushed as {self.name}", f"or: --name {named}"
        if not self.manual.get("description"):
            yield (
                f"{MANUAL} has no description: an agent reads it to know when to use the skill",
                "begin the file with ---, a line `description: …`, and --- again",
            )


def _header(manual: Path) -> dict[str, object]:
    """The `---` block at the start of SKILL.md, if there is one. Raises UsageError."""
    found = re.match(r"---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", manual.read_text("utf-8"), re.DOTALL)
    if found is None:
        return {}
    import yaml

    from stigmer_api.yaml_text import loaded, slip

    try:
        values = loaded(found[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise UsageError(f"{manual}{line}: {problem}", code="E0161", hint=slip(problem)) from error
    return values if isinstance(values, dict) else {}
