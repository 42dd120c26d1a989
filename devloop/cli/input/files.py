"""The files that options name, wherever the command was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from devloop.cli.flags import RunFlags
from devloop.cli.here import placed
from devloop.cli.input.places import FILE, STDIN, file_of
from devloop.cli.once import refuse_twice

PIPE = Path("-")
Flags = TypeVar("Flags", bound=RunFlags)


class GivenFile(NamedTuple):
    """A file, and the option that names it."""

    option: str
    path: Path


def with_places(flags: Flags) -> Flags:
    """The same with whole paths: they mean the directory where the command was typed. Raises UsageError."""
    return replace(
        flags,
        attach=_attached(flags),
        env_file=[placed(path) for path in flags.env_file or ()],
        manifests=[STDIN if path == PIPE else placed(path) for path in flags.manifests or ()],
        model=_with_scripts(flags.model or ()),
        input=_placed(flags.input),
        values=_placed(flags.values),
    )


def _placed(text: str | None) -> str | None:
    given = file_of(text or "")
    return text if given is None or not given.name else f"{FILE}{placed(given)}"


def _attached(flags: RunFlags) -> list[Path]:
    """Those of `--attach`, and those that the message names."""
    files = [placed(path) for path in flags.attach or ()]
    if flags.message is None or "@" not in flags.message:
        return files
    from devloop.cli.input.attached import mentioned

    return list(dict.fromkeys([*files, *mentioned(flags.message)]))


def _with_scripts(models: Sequence[str]) -> list[str]:
    if not models:
        return []
    from devloop.cli.input.models import with_place

    return [with_place(text) for text in models]


def files_of(flags: RunFlags) -> list[GivenFile]:
    """All of them, in flags with whole paths."""
    files = [GivenFile("--env-file", path) for path in flags.env_file or ()]
    files += [GivenFile("--attach", path) for path in flags.attach or ()]
    for option, text in (("--input", flags.input), ("--values", flags.values)):
        if (given := file_of(text or "")) is not None and given.name:
            files.append(GivenFile(option, given))
    if flags.model:
        from devloop.cli.input.models import script_of

        files += [GivenFile("--model", file) for text in flags.model if (file := script_of(text))]
    return files + [GivenFile("--file", path) for path in flags.manifests or ()]


def from_pipes(files: Sequence[GivenFile], message: str | None) -> Callable[[Path], bytes]:
    """Reads them, also pipes. Raises UsageError if two of them are standard input."""
    from devloop.cli import dotenv

    refuse_twice(files, message)
    return dotenv.pipe
