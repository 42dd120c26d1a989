"""Would the watch loop see every change of this project?"""

from __future__ import annotations

from collections.abc import Iterator

from devloop.cli.doctor.finding import Finding, doubtful, good
from devloop.ignore import Ignore
from devloop.watcher.interfaces import UnwatchableError, WatchedPlace, WatchMode
from devloop.watcher.opening import choose
from runcmd.project import Project

AREA = "watch"
MANY = 20_000  # directories


def watching(project: Project | None) -> Iterator[Finding]:
    """With all directories of the project really watched for a moment."""
    if project is None:
        return
    root = str(project.directory)
    mode, note = choose(root, WatchMode.AUTO)
    if note:
        yield doubtful(AREA, note, "move the project to a local disk, or live with a second of delay")
    rules = Ignore.load(project.directory, project.watch.ignore)
    for each in rules.warnings:
        yield doubtful(AREA, str(each), "correct the line")
    if mode is not WatchMode.INOTIFY:
        if not note:
            yield good(AREA, "changes are reported by this system")
        return
    try:
        count = _watched(root, rules)
    except UnwatchableError as error:
        problem, _, command = str(error).partition("; try: ")
        yield doubtful(AREA, f"{problem}: the loop polls instead", command or "close other programs")
        return
    if count > MANY:
        yield doubtful(
            AREA,
            f"{count:,} directories are watched",
            "leave out what is no source: watch.ignore in Stigmer.yaml, or .gitignore",
        )
    else:
        yield good(AREA, f"{count:,} director{'y' if count == 1 else 'ies'} can be watched (inotify)")


def _watched(root: str, rules: Ignore) -> int:
    """How many. Raises UnwatchableError if the system has not enough for them."""
    from devloop.watcher.folders import walk
    from devloop.watcher.inotify_calls import Queue
    from devloop.watcher.inotify_tree import DIRECTORY

    queue = Queue()
    try:
        place = WatchedPlace(root=root, extra=())
        return sum(queue.add(each.path, DIRECTORY) is not None for each in walk(place, rules.prunes))
    finally:
        queue.close()
