"""A fork that is made before it is needed: by then it owns the pages that it is going to write to."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

from stigmer._fork.channel import Channel, Message

STDOUT, STDERR = 1, 2
NAP_MS = 50  # what was started just before needs the processor more
READ_BYTES = 1 << 12
MOST_OBJECTS = 300_000  # of more, a copy of each page would cost too much memory


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


class StandbyFork:
    """Both sides: the zygote's, and that of the fork, where `pid` is 0."""

    def __init__(self, exit_pipe: ExitPipe) -> None:
        """Raises OSError when no process can be had."""
        self._exit_pipe = exit_pipe
        ours, theirs = socket.socketpair()
        try:
            self.pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        mine, other = (ours, theirs) if self.pid else (theirs, ours)
        other.close()
        self._channel = Channel(mine)
        if not self.pid:
            exit_pipe.close()
            os.setsid()
            self._channel.send({"leader": True})

    # -- in the fork ---------------------------------------------------------------------------------

    def wait(self, warm_caches: Callable[[], object]) -> Message:
        """What to run, with its standard output and error in place. Ends with the zygote."""
        waiting = select.poll()
        waiting.register(self._channel.number, select.POLLIN)
        if not waiting.poll(NAP_MS):
            warm_caches()
            _own_pages()
        request = self._channel.receive()
        if request is None:
            os._exit(0)
        for descriptor, number in zip(self._channel.descriptors(), (STDOUT, STDERR), strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
        self._channel.close()
        return request

    def done(self) -> None:
        """Nothing will be written any more, and the status will be 0."""
        for number in (STDOUT, STDERR):
            with suppress(OSError):
                os.close(number)
        self._exit_pipe.announce()

    # -- in the zygote -------------------------------------------------------------------------------

    def start(self, message: Message, descriptors: list[int]) -> bool:
        """False: it is gone."""
        return self._channel.send_with(message, descriptors) and self._channel.receive() is not None

    def kill(self) -> None:
        """With all that it has started."""
        # It may not lead its group yet.
        os.kill(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """It has ended, or is about to."""
        self._channel.close()
        os.waitpid(self.pid, 0)


def _own_pages() -> None:
    """Forks share pages until they are written to, and reading an object writes to its page."""
    if gc.get_freeze_count() < MOST_OBJECTS:
        gc.unfreeze()
        gc.get_objects()
        gc.freeze()
