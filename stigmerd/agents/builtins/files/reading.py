"""Read a file with the numbers of its lines, and list a directory."""

from __future__ import annotations

import os
import stat

from stigmerd.agents.builtins.files.place import Root, shown
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.texts import TextReader, text_of

MOST_CHARACTERS = 60_000  # of one answer
LONGEST_LINE = 2_000  # characters
MOST_ENTRIES = 500


def read_file(root: Root, reader: TextReader, path: str, first_line: int, lines: int) -> str:
    """Raises Refused, and OSError."""
    with root.place(path) as place:
        content = reader.content(place)
        text = text_of(place.path, content).split("\n")
    if text[-1] == "":
        text.pop()
    if not text:
        return f"{path} is empty"
    first = max(first_line, 1)
    if first > len(text):
        raise Refused(f"{path} has {len(text):,} lines; there is no line {first:,}")
    width, used = len(str(min(first + lines - 1, len(text)))), 0
    shown_lines: list[str] = []
    for number, line in enumerate(text[first - 1 : first - 1 + max(lines, 1)], first):
        entry = f"{number:>{width}}\t{_cut(line.removesuffix(chr(13)))}"
        used += len(entry) + 1
        if used > MOST_CHARACTERS and shown_lines:
            break
        shown_lines.append(entry)
    last = first + len(shown_lines) - 1
    if last < len(text) or first > 1:
        shown_lines.append(f"(lines {first:,} to {last:,} of {len(text):,})")
    return "\n".join(shown_lines)


def list_files(root: Root, path: str) -> str:
    """Raises Refused, and OSError."""
    with root.place(path) as place:
        if place.status is None:
            raise Refused(f"there is no {path}")
        if not place.is_directory:
            raise Refused(f"{path} is a file: read it")
        with os.scandir(place.directory) as entries:
            found = sorted((each.name, each.stat(follow_symlinks=False)) for each in entries)
    listed = [_entry(name, status) for name, status in found[:MOST_ENTRIES]]
    if len(found) > MOST_ENTRIES:
        listed.append(f"(and {len(found) - MOST_ENTRIES:,} more)")
    return "\n".join(listed) or f"{path} is empty"


def _entry(name: str, status: os.stat_result) -> str:
    if stat.S_ISDIR(status.st_mode):
        return f"{shown(name)}/"
    if stat.S_ISLNK(status.st_mode):
        return f"{shown(name)} (link)"
    if not stat.S_ISREG(status.st_mode):
        return f"{shown(name)} (no ordinary file)"
    return f"{shown(name)} ({status.st_size:,} bytes)"


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} … ({len(line):,} characters)"
