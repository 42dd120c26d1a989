"""How a loop loops, and its ways to the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from devloop.changes.settings import ChangeSettings
from devloop.loop.interfaces import Turns
from devloop.loop.leases import Lease
from devloop.loop.prepare import Discover, Read
from devloop.loop.sockets import ControlSocket
from runcmd.follow.pace import Pace
from runcmd.frozen import Frozen
from runcmd.pipeline import Choose, Connect
from runcmd.project import OnChange
from runcmd.request import RunRequest


async def nothing_to_gather() -> None:
    """All can be read again and again."""


class WatchedTree(Frozen):
    """A directory outside of the project that counts; `ignore` are lines of an ignore file."""

    root: Path
    ignore: tuple[str, ...] = ()


class Watching(Frozen):
    """What is watched, and how. A new value: it is watched anew."""

    root: Path
    settings: ChangeSettings
    extra: tuple[Path, ...]  # files that count wherever they are
    trees: tuple[WatchedTree, ...] = ()


class LoopSettings(Frozen):
    """What a loop is given once."""

    read: Read
    gather: Callable[[], Awaitable[None]] = nothing_to_gather  # once, before `read`; raises UsageError
    kept: Callable[[], tuple[str, ...]] = tuple  # the names of what is not read again
    discover: Discover
    watching: Callable[[RunRequest], Watching]
    connect: Connect
    choose: Choose | None = None
    on_change: OnChange | None = None  # None: as Stigmer.yaml says
    until_success: bool = False
    runs: int | None = None  # ends after so many
    keys: Callable[[], bool] = lambda: False  # can they be pressed at the moment?
    attended: bool = True  # somebody is there who may mend a broken project
    explain: bool = False  # say at once of what was seen why it does not count
    control: ControlSocket | None = None  # where it listens to other programs
    leases: Path | None = None  # where loops write down what they run
    lease: Lease | None = None
    turns: Turns | None = None  # of a conversation: its runs are these; None: each run is the same
    pace: Pace = Pace()  # how long a run hopes to find its execution again

    def policy(self, request: RunRequest | None) -> OnChange:
        """What a change does, by the options and by Stigmer.yaml."""
        project = request.project if request is not None else None
        return self.on_change or (project.watch.on_change if project is not None else OnChange.RESTART)
