"""Starts a helper process under a guard, so that nothing of it outlives us."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

GUARD: Final = Path(__file__).with_name("guard.py")
# The helper's own program follows, and finds its arguments in sys.argv as if there were no guard.
PRELUDE: Final = (
    "import sys; guard = {}; exec(compile(open(sys.argv[1]).read(), 'guard.py', 'exec'), guard); "
    "guard['guard'](int(sys.argv[2]), sys.argv[3]); del sys.argv[1:4], guard; "
)
POLITE_SECONDS: Final = 0.5
END_SECONDS: Final = 12  # longer than a guard takes at most


class Guarded:
    """A helper that is up. Its number, group and status are those of its guard."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: int) -> None:
        self.process = process
        self._pipe = pipe

    @classmethod
    async def start(
        cls,
        python: Sequence[str],
        program: str,
        arguments: Sequence[str],
        *,
        cwd: str | Path,
        env: Mapping[str, str],
        streams: tuple[int | IO[bytes], int | IO[bytes], int | IO[bytes]],
        lock: Path | None,
        pass_fds: Sequence[int] = (),
    ) -> Guarded:
        """Raises OSError, and ValueError for what no process can be given."""
        theirs, ours = os.pipe()
        try:
            stdin, stdout, stderr = streams
            process = await asyncio.create_subprocess_exec(
                *(*python, "-c", PRELUDE + program, str(GUARD), str(theirs), str(lock or ""), *arguments),
                cwd=cwd,
                env=env,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                pass_fds=(theirs, *pass_fds),
            )
        except BaseException:  # cancelled, too: nobody else can close it
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return cls(process, ours)

    def end(self) -> None:
        """All of it, at once. `wait` until it is so."""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            os.close(pipe)

    async def stop(self) -> None:
        """Politely, then not. Nothing of it is left on return."""
        try:
            if self.process.returncode is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGTERM)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.process.wait(), POLITE_SECONDS)
        finally:
            self.end()
        await self.wait()

    async def wait(self) -> int:
        """Its status. A guard that does not end when asked is killed."""
        if self._pipe < 0 and self.process.returncode is None:
            with suppress(TimeoutError):
                return await asyncio.wait_for(self.process.wait(), END_SECONDS)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return await self.process.wait()
