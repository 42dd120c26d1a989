"""Find files by their names, and lines by a regular expression."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from fnmatch import translate

from stigmerd.agents.builtins.files.place import DIRECTORY, Located, Root, opened, shown
from stigmerd.agents.builtins.files.protected import secret
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.texts import TextReader, is_binary

MOST_FOUND = 200
MOST_FILES = 100_000  # that are looked at
LARGEST_FILE = 5 << 20  # bytes, of one that is searched
LONGEST_LINE = 300
# What tools made, or keep for themselves. A path that leads into one is searched all the same.
SKIPPED = frozenset(
    {
        *(".git", ".hg", ".svn", ".jj", ".venv", "venv", "node_modules", "__pycache__"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox", "dist-info"),
    }
)


def find_files(root: Root, pattern: str, path: str) -> str:
    """Raises Refused, and OSError."""
    matches = glob(pattern)
    found: list[str] = []
    with root.place(path) as start:
        for place in _files(_directory(start, path)):
            if matches(place.path):
                found.append(place.path)
                if len(found) > MOST_FOUND:
                    break
    if not found:
        return f"no file is called {pattern}"
    return _limited(sorted(found))


def search_files(
    root: Root, reader: TextReader, pattern: str, path: str, files: str, *, ignore_case: bool
) -> str:
    """Raises Refused, and OSError."""
    try:
        wanted = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        raise Refused(f"{pattern} is no regular expression: {error}") from None
    matches = glob(files) if files else None
    found: list[str] = []
    with root.place(path) as start:
        places = _files(start) if start.is_directory else iter((_there(start, path),))
        for place in places:
            if (matches is None or matches(place.path)) and (reader.secrets or not secret(place.names)):
                found += _lines(place, wanted, MOST_FOUND + 1 - len(found))
                if len(found) > MOST_FOUND:
                    break
    return _limited(found) if found else f"nothing matches {pattern}"


def glob(pattern: str) -> re.Pattern[str].match:  # type: ignore[valid-type]
    """`*` and `?` do not go beyond a slash, `**` does. A pattern without a slash is for names anywhere."""
    parts = pattern.strip("/").split("/")
    if len(parts) == 1:
        parts = ["**", *parts]
    written = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            written += ".*" if last else "(?:[^/]+/)*"
        else:
            inner = translate(part).removeprefix("(?s:").removesuffix(r")\Z")
            written += inner.replace(".*", "[^/]*") + ("" if last else "/")
    return re.compile(written + r"\Z").match


def _directory(place: Located, path: str) -> Located:
    if place.status is None:
        raise Refused(f"there is no {path}")
    if not place.is_directory:
        raise Refused(f"{path} is a file")
    return place


def _there(place: Located, path: str) -> Located:
    if place.status is None:
        raise Refused(f"there is no {path}")
    return place


def _files(start: Located) -> Iterator[Located]:
    """The ordinary files below; links are not followed, so each is met once."""
    budget = [MOST_FILES]
    yield from _below(start.directory, start.names, budget)


def _below(directory: int, names: tuple[str, ...], budget: list[int]) -> Iterator[Located]:
    with os.scandir(directory) as entries:
        found = sorted((each.name, each.stat(follow_symlinks=False)) for each in entries)
    for name, status in found:
        budget[0] -= 1
        if budget[0] < 0:
            return
        if stat.S_ISREG(status.st_mode):
            yield Located(directory, name, (*names, name), status)
        elif stat.S_ISDIR(status.st_mode) and name not in SKIPPED:
            try:
                inner = os.open(name, DIRECTORY, dir_fd=directory)
            except OSError:  # it may not be read, or was exchanged
                continue
            try:
                yield from _below(inner, (*names, name), budget)
            finally:
                os.close(inner)


def _lines(place: Located, wanted: re.Pattern[str], most: int) -> list[str]:
    if place.status is None or place.status.st_size > LARGEST_FILE:
        return []
    try:
        with os.fdopen(opened(place), "rb") as file:
            content = file.read(LARGEST_FILE)
    except (Refused, OSError):  # not one that can be read
        return []
    if is_binary(content):
        return []
    found = []
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
        if wanted.search(line):
            found.append(f"{place.path}:{number}: {shown(line[:LONGEST_LINE].rstrip())}")
            if len(found) >= most:
                break
    return found


def _limited(found: list[str]) -> str:
    if len(found) <= MOST_FOUND:
        return "\n".join(found)
    return "\n".join([*found[:MOST_FOUND], f"(there are more than {MOST_FOUND}: be more precise)"])
