"""The clock by which a file system stamps what is written."""

from __future__ import annotations

import os
from tempfile import TemporaryFile

from tests.support.poll import wait_until


def file_clock_ticks() -> None:
    """What is written from now on is younger than all that was written before, by its stat as well.

    That clock may stand still for some milliseconds.
    """
    with TemporaryFile() as file:
        before = os.fstat(file.fileno()).st_ctime_ns

        def ticked() -> bool:
            os.utime(file.fileno())
            return os.fstat(file.fileno()).st_ctime_ns > before

        wait_until(ticked, "the clock of the file system goes on")
