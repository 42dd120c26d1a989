"""What to watch beside the project's own files, and what was missed while the watcher was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from devloop.changes.digest import DIGEST_BYTES, UNKNOWN
from devloop.changes.fingerprint import Change, Fingerprint, difference, extra_key
from devloop.loop.beside import outside_prefix
from devloop.loop.settings import Watching
from devloop.loop.uses import is_program
from runcmd.errors import RunError
from runcmd.synthesis.manifest import Uses

MOST_INPUTS = 100
MOST_PROGRAMS = 200


def with_inputs(watching: Watching, inputs: Sequence[Path], ignored: Callable[[str], bool]) -> Watching:
    """Files that the program read or is made of count, also where an ignore rule leaves them out, and
    outside of the project.

    One that is new counts by itself: its creation is a change that has yet to come.
    """
    left_out = [
        path
        for path in inputs
        if path not in watching.extra
        and (not path.is_relative_to(watching.root) or ignored(path.relative_to(watching.root).as_posix()))
        and path.is_file()
    ]
    return replace(watching, extra=(*watching.extra, *left_out[:MOST_INPUTS]))


def with_programs(watching: Watching, uses: Iterable[Uses], ignored: Callable[[str], bool]) -> Watching:
    """Code that is used by a run counts, also where a rule leaves it out, or outside of the project."""
    used = {file for each in uses for file in each.files if file not in watching.extra}
    outside = [
        file
        for file in sorted(used)
        if not file.is_relative_to(watching.root)
        or (is_program(file) and ignored(file.relative_to(watching.root).as_posix()))
    ]
    return replace(watching, extra=(*watching.extra, *outside[:MOST_PROGRAMS]))


def with_cause(watching: Watching, error: RunError | None, ignored: Callable[[str], bool]) -> Watching:
    """The file that an error is about counts, so that it can be mended: an interpreter is ignored mostly."""
    file = Path(error.facts.get("file", "")) if error is not None else Path()
    if not file.is_absolute() or file in watching.extra:
        return watching
    if file.is_relative_to(watching.root) and not ignored(file.relative_to(watching.root).as_posix()):
        return watching
    return replace(watching, extra=(*watching.extra, file))


def newly_watched(before: Watching, after: Watching, files: Fingerprint) -> frozenset[str]:
    """Files that only the second one watches."""
    extra = {extra_key(after.root, path) for path in after.extra if path not in before.extra}
    trees = tuple(outside_prefix(after.root, each.root) for each in after.trees if each not in before.trees)
    found = {path for path in files if path.startswith(trees)} if trees else set()
    return frozenset(found | {path for path in extra if path in files})


def written_since(moment: int, root: Path, paths: Iterable[str]) -> frozenset[str]:
    """In nanoseconds."""
    found = set()
    for path in paths:
        with suppress(OSError):
            if (root / path).stat().st_ctime_ns > moment:
                found.add(path)
    return frozenset(found)


def contents(watching: Watching, uses: Iterable[Uses]) -> dict[str, bytes]:
    """Hashes of what a run uses, as they were found when it was prepared."""
    return {
        extra_key(watching.root, file): digest
        for each in uses
        for file, digest in each.files.items()
        if len(digest) == DIGEST_BYTES
    }


def missed(
    watching: Watching,
    before: Fingerprint,
    after: Fingerprint,
    used: Mapping[str, bytes] = MappingProxyType({}),
    *,
    new: Set[str] = frozenset(),
    late: Set[str] = frozenset(),
) -> Change:
    """What changed between two watchers; what only begins or ceases to be watched did not.

    But what a run uses has changed if it is not as it was `used`: it was edited before it was watched.

    Args:
        new: files that were not watched before.
        late: those of them that may have been written after they were read.
    """
    seen = difference(before, after)
    extra = {extra_key(watching.root, path) for path in watching.extra} | new
    edited = [
        path
        for path in seen.created
        if path in extra and path in used and after[path].digest not in (UNKNOWN, used[path])
    ]
    return Change(
        created=tuple(path for path in seen.created if path not in extra),
        modified=tuple(sorted({*seen.modified, *edited, *late})),
        deleted=tuple(path for path in seen.deleted if not (watching.root / path).exists()),
    )
