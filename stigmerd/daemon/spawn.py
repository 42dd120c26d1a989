"""Start the daemon process and hear how that went."""

from __future__ import annotations

import fcntl
import json
import os
import select
import site
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.place import DaemonPlace, Info, unusable

TAIL_LINES = 15
READY_DESCRIPTOR = 3


def spawn(place: DaemonPlace, options: list[str], deadline: float) -> Info:
    """Returns once it answers calls. Raises DaemonError."""
    mark = place.log_file.stat().st_size if place.log_file.exists() else 0
    reading, writing = os.pipe()
    if writing == READY_DESCRIPTOR:
        writing = fcntl.fcntl(writing, fcntl.F_DUPFD_CLOEXEC, READY_DESCRIPTOR + 1)
        os.close(READY_DESCRIPTOR)
    try:
        try:
            pid = _launch(place, options, writing)
        except OSError as error:
            raise unusable(place.log_file, error) from error
        finally:
            os.close(writing)
        word = _word(reading, deadline)
    finally:
        os.close(reading)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)  # only the first of two processes: it ended when the daemon was on its own
    return _understood(place, word, mark)


def _launch(place: DaemonPlace, options: list[str], writing: int) -> int:
    log = str(place.log_file)
    options = ["--data-dir", str(place.data_dir), *options]
    command = [sys.executable, "-I", "-c", _program(), *options, "--ready-descriptor", str(READY_DESCRIPTOR)]
    return os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, writing, READY_DESCRIPTOR),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=(),
    )


def _program() -> str:
    """Isolated: neither the current directory nor PYTHONPATH counts, only where we ourselves were found."""
    ours = [Path(__file__).parents[2]]
    api = find_spec("stigmer_api")
    if api is not None and api.origin is not None:
        ours.append(Path(api.origin).parents[1])
    first = [str(path) for path in ours if path.name not in ("site-packages", "dist-packages")]
    user = site.getusersitepackages()
    last = [user] if user in sys.path else []
    path = f"import sys; sys.path[:0] = {first!r}; sys.path += {last!r}"
    return f"{path}; from stigmerd.daemon.main import main; main()"


def _word(descriptor: int, deadline: float) -> bytes | None:
    """What the daemon says about its start; empty when it died first, None when it says nothing in time."""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return None
        more = os.read(descriptor, 65536)
        if not more:
            return b""
        said += more
    return said


def _understood(place: DaemonPlace, word: bytes | None, mark: int) -> Info:
    if word is None:
        raise DaemonError(
            "the backend was started but is not ready yet",
            f"try again; its log: {place.log_file}",
            code="E0526",
        )
    if not word:
        raise DaemonError(
            f"the backend ended while it started:\n{_tail(place.log_file, mark)}",
            f"its log: {place.log_file}",
            code="E0529",
        )
    said = json.loads(word)
    if "error" in said:
        raise DaemonError(said["error"], said["hint"], code=said.get("code", "E0529"))
    return Info.read(said)


def _tail(path: Path, mark: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(mark)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError as error:
        return f"(no log: {error.strerror})"
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:]) or "  (it wrote nothing)"
