"""Takes the backend away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.soak.losses import Loss, Losses
from tests.support.poll import wait_until
from tests.support.processes import alive
from tests.support.world import World

AWAY_SECONDS = 2.0
# Longer than a run is patient (`Pace` of runcmd.follow.follower): it loses sight of its execution for good.
LONG_SECONDS = 22.0
LONG_SHARE = 0.3
REAL = "real"  # the data directory; the usual name is a link to it


class Outages:
    """Kills and stops the daemon, and keeps it from starting again for a while."""

    def __init__(self, world: World, random: Random) -> None:
        (world.dir / REAL).mkdir(mode=0o700)
        world.data.symlink_to(REAL)
        (world.dir / "nothing").touch()
        self.losses = Losses()
        self._world = world
        self._random = random

    def perform(self) -> str:
        return self._random.choice([self._kill, self._kill, self._stop, self._keep_away])()

    def _kill(self) -> str:
        pid, at = self._world.daemon_pid(), time.time()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not alive(pid), "the daemon is gone")
        self._note(at)
        return "killed"

    def _stop(self) -> str:
        at = time.time()
        self._world.run("server", "stop")
        self._note(at)
        return "stopped"

    def _keep_away(self) -> str:
        """Where its data should be is something else, as when a disk is not mounted."""
        long = self._random.random() < LONG_SHARE
        seconds = LONG_SECONDS if long else self._random.uniform(0, AWAY_SECONDS)
        at, pid = time.time(), self._world.daemon_pid()
        with self._blocked():
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: not alive(pid), "the daemon is gone")
            time.sleep(seconds)  # sleeps: an outage lasts
        self._note(at)
        return f"away for {seconds:.1f} s"

    def _note(self, at: float) -> None:
        self.losses.all.append(Loss(at, time.time()))

    @contextmanager
    def _blocked(self) -> Iterator[None]:
        self._point_to("nothing")
        try:
            yield
        finally:
            self._point_to(REAL)

    def _point_to(self, name: str) -> None:
        """At once: for no moment there is nothing, where a new daemon would start without the old data."""
        link = Path(f"{self._world.data}.new")
        link.symlink_to(name)
        link.replace(self._world.data)
