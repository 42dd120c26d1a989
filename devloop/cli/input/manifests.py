"""`--file`: manifests in YAML, beside the project's program or in place of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from devloop.cli.here import here
from devloop.cli.input.places import STDIN
from runcmd.errors import UsageError
from runcmd.project import ManifestText, Project, ProjectRuntime


def with_manifests(
    project: Project | None, files: Sequence[Path], content_of: Callable[[Path], bytes]
) -> Project:
    """The project with these files; without a project, they are all that there is.

    Args:
        files: with whole paths; standard input is /dev/stdin.
        content_of: all of a file; raises OSError.

    Raises:
        UsageError: one cannot be read.
    """
    texts = tuple(_read(file, content_of) for file in dict.fromkeys(files))
    if project is not None:
        return replace(project, manifests=texts)
    first = next((each.file for each in texts if each.file is not None), here() / "standard input")
    return Project(file=first, name=first.stem, runtime=ProjectRuntime.FILES, main=first, manifests=texts)


def _read(file: Path, content_of: Callable[[Path], bytes]) -> ManifestText:
    name = "standard input" if file == STDIN else _shown(file)
    try:
        text = content_of(file).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "name the files in it: -f FILE -f FILE" if file.is_dir() else ""
        raise UsageError(f"--file: cannot read {name}: {reason}", code="E0249", hint=hint) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return ManifestText(name=name, text=text, file=None if file == STDIN else file)


def _shown(file: Path) -> str:
    """As it is called from here."""
    try:
        return str(file.relative_to(here()))
    except (ValueError, UsageError):
        return str(file)
