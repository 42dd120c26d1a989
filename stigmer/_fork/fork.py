"""A fork of the zygote, which becomes the process of a program."""

# What a fork does is waited for at every edit.

from __future__ import annotations

import os
import signal
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

STDOUT, STDERR = 1, 2
READ_BYTES = 1 << 12


class ExitPipe:
    """A pipe of the zygote's, by which a fork announces its end.

    A fork opens it anew: if it inherited it, its program could see that.
    """

    def __init__(self) -> None:
        self.number, self._writing = os.pipe()
        self._path = f"/proc/{os.getpid()}/fd/{self._writing}"
        os.set_blocking(self.number, False)

    def close(self) -> None:
        os.close(self.number)
        os.close(self._writing)

    def announce(self) -> None:
        """In a fork: it ends with status 0."""
        # Where that is not possible, the zygote sees the end of the process.
        with suppress(OSError):
            number = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(number, b"%d\n" % os.getpid())
            os.close(number)

    def announced(self, process: int) -> bool:
        """In the zygote: has this fork said so?"""
        with suppress(BlockingIOError):
            return b"%d" % process in os.read(self.number, READ_BYTES).split()
        return False


class Fork:
    """Both sides: the zygote's, and that of the fork, where `pid` is 0."""

    def __init__(self, exit_pipe: ExitPipe, outputs: Sequence[int]) -> None:
        """`outputs` become its standard output and error. Raises OSError when no process can be had."""
        self._exit_pipe = exit_pipe
        self._started, starting = os.pipe()
        try:
            self.pid = os.fork()
        except OSError:
            os.close(self._started)
            os.close(starting)
            raise
        if not self.pid:
            os.close(self._started)
            exit_pipe.close()
            os.setsid()
            for output, number in zip(outputs, (STDOUT, STDERR), strict=True):
                os.dup2(output, number)
                os.close(output)
        os.close(starting)

    # -- in the fork ---------------------------------------------------------------------------------

    def done(self) -> None:
        """Nothing will be written any more, and the status will be 0."""
        for number in (STDOUT, STDERR):
            with suppress(OSError):
                os.close(number)
        self._exit_pipe.announce()

    # -- in the zygote -------------------------------------------------------------------------------

    def wait_until_it_leads(self) -> None:
        """Its session and group, so that others can signal the group."""
        os.read(self._started, 1)  # the end: it has closed the other side, or is gone

    def kill(self) -> None:
        """With all that it has started."""
        # It may not lead its group yet.
        os.kill(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """It has ended, or is about to."""
        os.close(self._started)
        os.waitpid(self.pid, 0)
