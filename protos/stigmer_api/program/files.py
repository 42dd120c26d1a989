"""Which files is a program made of that is started with a command?

Those that the command names, those that they import or mention, and so on. A rule on the safe side: there may
be one too many.
"""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH100, PTH113, PTH118, PTH119, PTH120

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from stigmer_api.program.installed import elsewhere, installed
from stigmer_api.program.known import MOST_FOLLOWED_BYTES, PYTHON, content_of, is_python, mentions_of
from stigmer_api.program.mentions import MODULE
from stigmer_api.program.python import in_python
from stigmer_api.program.search import Search
from stigmer_api.program.tree import TooMuchError

# Commands that do what a file says which nobody names.
READ_BY = {
    **dict.fromkeys(
        ("npm", "npx", "pnpm", "yarn", "bun", "bunx", "node", "tsx"), ("package.json", "tsconfig.json")
    ),
    **dict.fromkeys(("uv", "uvx", "poetry", "hatch", "pdm", "pipenv", "rye", "pixi"), ("pyproject.toml",)),
    "deno": ("deno.json", "deno.jsonc"),
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile"),
    "task": ("Taskfile.yml",),
}
# Commands that build a program from all the code around.
BUILDERS = {
    "go": (".go", ".mod", ".sum"),
    "cargo": (".rs", ".toml"),
    "dotnet": (".cs", ".fs", ".csproj", ".fsproj"),
    "swift": (".swift",),
    **dict.fromkeys(("mvn", "gradle", "gradlew"), (".java", ".kt", ".xml", ".gradle", ".kts")),
}
SPLIT = re.compile(r"[\s=:,;'\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A command as it is started; `project` is where the project begins, if there is one."""

    command: str
    args: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # that it is given besides
    folder: Path  # where it is started
    project: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFiles:
    """What a program is made of."""

    files: Mapping[Path, bytes]  # by absolute path, with a hash of the content; empty: too large to be read
    everything: bool = False  # too many to follow: any file of the project may be one


def program_files(launch: Launch, *, written: bool = True) -> ProgramFiles:
    """As the files are now. Looks at no more than a bounded number of them.

    Args:
        written: files count, too, that the program writes and may have read.
    """
    folder, project = (os.path.abspath(each) for each in (launch.folder, launch.project))
    places = [each for each in launch.env.get("PYTHONPATH", "").split(os.pathsep) if each]
    paths = [os.path.normpath(os.path.join(folder, each)) for each in places]
    search = Search(folder, project, paths, written=written)
    everything = False
    try:
        _begin(search, launch, folder)
        search.follow()
    except TooMuchError:
        everything = True
    outputs = [] if written else [each for each in search.outputs if each.strip("*.")]
    files = {
        Path(path): digest
        for path, digest in sorted(search.files.items())
        if path.endswith(PYTHON) or not any(fnmatchcase(os.path.basename(path), each) for each in outputs)
    }
    return ProgramFiles(files=files, everything=everything)


def resolved_command(command: str, folder: Path, path: str | None) -> str | None:
    """The file that a command starts: beside the folder where it has a slash, else on the PATH."""
    beside = os.path.join(folder, command)
    if "/" in command and os.path.isfile(beside) and os.access(beside, os.X_OK):
        return beside
    found = shutil.which(command, path=path)
    return None if found is None else str(Path(found).absolute())


def _begin(search: Search, launch: Launch, folder: str) -> None:
    program = resolved_command(launch.command, Path(folder), launch.env.get("PATH"))
    if program is not None:
        for root in (root for place in installed(program) for root in elsewhere(place)):
            search.add_root(root)
        _command(search, os.path.normpath(program), folder)
    name = os.path.basename(launch.command)
    for file in READ_BY.get(name, ()):
        search.named(file, [folder])
    if endings := BUILDERS.get(name):
        search.code_below(folder, endings)
    for option, value in pairwise(launch.args):
        if option == "-m":
            search.module(value, folder)
        elif option == "-c":
            search.mentioned(in_python(value.encode("utf-8", "replace")), folder)
    own = [launch.command] if "/" in launch.command else []
    _words(
        search,
        [*own, *launch.args, *(value for key, value in launch.env.items() if not key.endswith("PATH"))],
        folder,
    )


def _command(search: Search, program: str, folder: str) -> None:
    """A file of the project, or one that an installation made: that names a module."""
    if search.tree.owns(program):
        search.add([program])
        return
    content = content_of(program, MOST_FOLLOWED_BYTES) or b""
    mentions = mentions_of(program, content) if is_python(program, content) else None
    if mentions is not None:
        search.mentioned(mentions, folder)


def _words(search: Search, texts: Sequence[str], folder: str) -> None:
    """Of a command line: names of files, of directories and of modules."""
    words = [
        *dict.fromkeys(word for text in texts for word in (text, *SPLIT.split(text)) if word.strip("./"))
    ]
    for word in filter(os.path.isabs, words):
        if os.path.isfile(word):  # it may lie anywhere, with what is beside it
            search.tree.add(os.path.dirname(word))
    found = [os.path.normpath(os.path.join(base, word)) for word in words for base in search.around]
    beside = [os.path.dirname(each) for each in found if search.tree.is_file(each)]
    bases = [*dict.fromkeys([*search.around, *filter(search.tree.is_folder, found), *beside])]
    for word in words:
        search.named(word, bases)
        search.folder(word, search.around)
        if MODULE.fullmatch(word):
            search.module(word, folder)
    for text in filter(None, texts):
        if (place := os.path.normpath(os.path.join(folder, text))) in search.around:  # as in `uvx --from .`
            search.code_below(place)
