"""Writes the files of a new project, all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from devloop.cli.new.kinds import COMMON_FILES, Template
from runcmd.errors import RunError, UsageError
from runcmd.project import FILE_NAME

TEMPLATES = Path(__file__).parent / "templates"
COMMON = "common"
COMPILED = "__pycache__"  # whoever installs the package has it beside the files
DOT = "dot-"  # a file that begins with a dot would be overlooked in a package
# What may be there already: it says nothing about what the directory is for.
NO_CONTENT = {".git", ".hg", ".jj", ".venv", ".idea", ".vscode", ".envrc", ".python-version", ".DS_Store"}
SHOWN_FILES = 3
YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def files_of(template: Template, name: str) -> dict[Path, str]:
    """What the project consists of: relative path → text."""
    words = _words(template, name)
    files: dict[Path, str] = {}
    for folder in (COMMON, template.name):
        top = TEMPLATES / folder
        for file in sorted(each for each in top.rglob("*") if each.is_file()):
            place = file.relative_to(top)
            if COMPILED not in place.parts:
                files[place.with_name(_dotted(place.name))] = _filled(file.read_text("utf-8"), words)
    return files


def write(directory: Path, files: Mapping[Path, str]) -> None:
    """Into a directory that does not exist yet, or has no content. Raises UsageError, RunError.

    They are written beside their place and moved in the end: whatever happens, nothing is left by halves.
    """
    require_free(directory)
    with _failures_in_words(directory), ExitStack() as undo:
        for missing in _missing(directory):
            missing.mkdir()
            undo.callback(_remove_empty, missing)
        staged = Path(tempfile.mkdtemp(prefix=".stigmer-new-", dir=directory))
        undo.callback(shutil.rmtree, staged, ignore_errors=True)
        for place, text in files.items():
            (staged / place).parent.mkdir(parents=True, exist_ok=True)
            (staged / place).write_text(text, "utf-8")
        for entry in _last_the_project(staged):
            moved = directory / entry.name
            entry.rename(moved)
            undo.callback(_remove, moved)
        undo.pop_all()
        staged.rmdir()


def require_free(directory: Path) -> None:
    """Raises UsageError if something is there that a project would be mixed up with."""
    if not os.path.lexists(directory):
        return
    if not directory.is_dir():
        raise UsageError(f"{directory} exists, and is no directory", code="E0230", hint="choose another name")
    with _failures_in_words(directory):
        there = sorted(each.name for each in directory.iterdir() if each.name not in NO_CONTENT)
    if FILE_NAME in there:
        raise UsageError(
            f"{directory} is a project already",
            code="E0230",
            hint="run it: stigmer run, or choose another name: stigmer new NAME",
        )
    if there:
        more = len(there) - SHOWN_FILES
        some = ", ".join(there[:SHOWN_FILES]) + (f" and {more} more" if more > 0 else "")
        raise UsageError(
            f"{directory} is not empty: {some}",
            code="E0230",
            hint="choose a name that is free: stigmer new NAME, or an empty directory",
        )


def _words(template: Template, name: str) -> dict[str, str]:
    files = (*template.files, *COMMON_FILES)
    return {
        "NAME": name,
        "QUOTED_NAME": _quoted(name),
        "SUMMARY": template.summary,
        "TARGET": template.target,
        "RUN": template.run,
        "EXAMPLE": template.example,
        "FILES": "\n".join(f"| `{file}` | {what} |" for file, what in files),
        "TRIES": "\n".join(f"* {each};" for each in template.tries)[:-1] + ".",
    }


def _quoted(name: str) -> str:
    """As YAML wants it: `true` and `12` are no texts there."""
    return name if name[0].isalpha() and name.lower() not in YAML_WORDS else f'"{name}"'


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _dotted(name: str) -> str:
    return f".{name.removeprefix(DOT)}" if name.startswith(DOT) else name


def _missing(directory: Path) -> list[Path]:
    """The directories to make, from the top."""
    return [each for each in reversed((directory, *directory.parents)) if not each.exists()]


def _last_the_project(staged: Path) -> list[Path]:
    """It is a project from the moment on when it has the file that says so."""
    return sorted(staged.iterdir(), key=lambda each: (each.name == FILE_NAME, each.name))


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def _remove_empty(directory: Path) -> None:
    try:
        directory.rmdir()
    except OSError:  # somebody else put something there
        return


@contextmanager
def _failures_in_words(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(
            f"cannot make a project in {directory}: {error.strerror or error}",
            code="E0231",
            hint="check that you may write there, and that there is space",
        ) from error
