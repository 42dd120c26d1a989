"""Find the daemon of a place, start it, stop it. Standard library only: this runs before every command."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from stigmer_api.version import PROTOCOL, VERSION
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.lock import holder
from stigmerd.daemon.peer import uid_of_peer
from stigmerd.daemon.place import Auth, DaemonPlace, Info, ours_alone, unusable
from stigmerd.daemon.spawn import spawn

__all__ = [
    "Auth",
    "DaemonError",
    "DaemonPlace",
    "RunningDaemon",
    "ensure",
    "start",
    "status",
    "stop",
]

IDLE_STOP_SECONDS = 30 * 60
ENSURE_SECONDS = 20.0  # a start takes half a second, and twenty times that beside twenty others
POLL_SECONDS = 0.01
RETIRE_SECONDS = 1.5  # an idle one is gone in a tenth of that


class RunningDaemon(NamedTuple):
    """A daemon that answers."""

    address: str
    started: bool  # by this call
    version: str
    protocol: int
    pid: int
    addresses: tuple[str, ...]
    missing: str = ""  # of what was stored, in a sentence
    auth: Auth = Auth.TOKEN
    allowed: tuple[int, ...] = ()  # other users of this machine


def ensure(place: DaemonPlace, *, timeout: float = ENSURE_SECONDS) -> RunningDaemon:
    """The daemon of the place, started if there is none, replaced if older and idle. Raises DaemonError."""
    running = status(place)
    if running is not None and _retired(place, running):
        running = None
    return running or start(place, timeout=timeout)


def status(place: DaemonPlace) -> RunningDaemon | None:
    """Raises DaemonError for a daemon that may not be talked to."""
    place.look_around()
    try:
        info = place.read_info()
    except DaemonError:
        if holder(place.lock_file) is not None:
            raise
        return None  # left behind, by whomever
    if info is None:
        return None
    ours_alone(Path(info.socket).parent)
    return _running(info) if _answers(info.socket) else None


def start(
    place: DaemonPlace,
    listen: Sequence[str] = (),
    *,
    auth: Auth = Auth.TOKEN,
    allow: Sequence[int] = (),
    idle_stop_seconds: float = IDLE_STOP_SECONDS,
    timeout: float = 10,
) -> RunningDaemon:
    """Start one, or take the one that somebody else started meanwhile. Raises DaemonError."""
    deadline = time.monotonic() + timeout
    place.prepare()
    with _turn(place, deadline):
        running = _once_started_or_gone(place, deadline)
        if running is None:
            options = [*doors(listen, auth, allow), "--idle-stop", str(idle_stop_seconds)]
            return _running(spawn(place, options, deadline), started=True)
    if missing := _closed_doors(running, listen, auth, allow):
        raise DaemonError(
            f"a running backend (process {running.pid}) {missing}",
            "stop it first: stigmer server stop",
            code="E0521",
        )
    return running


def doors(listen: Sequence[str], auth: Auth, allow: Sequence[int]) -> list[str]:
    """As options of the daemon."""
    options = [part for address in listen for part in ("--listen", address)]
    options += [part for user in allow for part in ("--allow-user", str(user))]
    return options + ["--no-auth"] * (auth is Auth.NONE)


def _closed_doors(running: RunningDaemon, listen: Sequence[str], auth: Auth, allow: Sequence[int]) -> str:
    """What it does not do, in words; empty if it does all."""
    if not set(listen) <= set(running.addresses):
        return f"does not listen on {', '.join(listen)}"
    if listen and running.auth is not auth:
        return "asks for no token" if running.auth is Auth.NONE else "asks for a token"
    if not set(allow) <= set(running.allowed):
        return f"does not let in user {', '.join(str(user) for user in allow)}"
    return ""


def stop(place: DaemonPlace, *, timeout: float = 10) -> bool:
    """False: there was none. Its executions go on at the next start. Raises DaemonError."""
    pid = holder(place.lock_file)
    if pid is None:
        _forget(place, time.monotonic() + timeout)
        return False
    _signal(place, pid, signal.SIGTERM)
    if not _until(lambda: holder(place.lock_file) != pid, time.monotonic() + timeout):
        raise DaemonError(
            f"the backend (process {pid}) did not stop within {timeout:g} s",
            f"its log may say why: {place.log_file}",
            code="E0522",
        )
    return True


def _forget(place: DaemonPlace, deadline: float) -> None:
    """What one that was killed said about itself."""
    if place.info_file.exists():
        with _turn(place, deadline):
            if holder(place.lock_file) is None:
                place.info_file.unlink(missing_ok=True)


def _running(info: Info, *, started: bool = False) -> RunningDaemon:
    return RunningDaemon(
        address=f"unix:{info.socket}",
        started=started,
        version=info.version,
        protocol=info.protocol,
        pid=info.pid,
        addresses=info.addresses,
        missing=info.missing,
        auth=Auth.NONE if info.auth == Auth.NONE.value else Auth.TOKEN,
        allowed=info.allowed,
    )


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except (BlockingIOError, TimeoutError):
            return True  # somebody is there, with many others waiting
        except OSError as error:
            raise unusable(Path(path), error) from error
        if (user := uid_of_peer(probe)) != os.geteuid():
            raise DaemonError(
                f"{path} is answered by a process of user {user}, not by your backend",
                "remove that socket, or choose another data directory with STIGMER_DATA_DIR",
                code="E0525",
            )
    return True


def _retired(place: DaemonPlace, running: RunningDaemon) -> bool:
    """True when it was older and has gone. Refuses what cannot be talked to."""
    stop_it = "stop it: stigmer server stop"
    if running.protocol > PROTOCOL:
        raise DaemonError(
            f"the running backend is newer ({running.version}, protocol {running.protocol}) "
            f"than this command ({VERSION}, protocol {PROTOCOL})",
            f"update this installation, or {stop_it}",
            code="E0523",
        )
    if _number(running.version) >= _number(VERSION) and running.protocol == PROTOCOL:
        return False
    pid = holder(place.lock_file)
    if pid is None:
        return True
    _signal(place, pid, signal.SIGUSR1)  # "stop if nothing runs"
    if _until(lambda: holder(place.lock_file) != pid, time.monotonic() + RETIRE_SECONDS):
        return True
    if running.protocol < PROTOCOL:
        raise DaemonError(
            f"the running backend is older ({running.version}, protocol {running.protocol}) and at work",
            f"wait for that, or {stop_it}",
            code="E0523",
        )
    return False


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


@contextmanager
def _turn(place: DaemonPlace, deadline: float) -> Iterator[None]:
    """One starter at a time; the kernel frees the lock of one that died."""
    try:
        descriptor = os.open(place.start_lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(place.start_lock_file, error) from error
    try:
        if not _until(lambda: _flocked(descriptor), deadline):
            raise DaemonError(
                "another command is starting the backend and takes too long",
                f"try again; its log: {place.log_file}",
                code="E0526",
            )
        yield
    finally:
        os.close(descriptor)


def _flocked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _once_started_or_gone(place: DaemonPlace, deadline: float) -> RunningDaemon | None:
    """Waits for a daemon that is just starting or stopping. None: there is none."""
    found: list[RunningDaemon] = []

    def started_or_gone() -> bool:
        running = status(place)
        if running is not None:
            found.append(running)
        return bool(found) or holder(place.lock_file) is None

    if not _until(started_or_gone, deadline):
        raise DaemonError(
            f"process {holder(place.lock_file)} holds {place.lock_file} but does not answer",
            f"look at its log ({place.log_file}), end the process, and try again",
            code="E0524",
        )
    return found[0] if found else None


def _signal(place: DaemonPlace, pid: int, number: signal.Signals) -> None:
    """Only to the process that holds the lock of this place, by the kernel's word of a moment ago."""
    if pid <= 0 or pid == os.getpid():
        raise DaemonError(
            f"{place.lock_file} is held by a process that cannot be seen from here",
            "stop the backend where it runs (another container or machine?)",
            code="E0524",
        )
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise DaemonError(
            f"the backend (process {pid}) belongs to somebody else", "ask its owner to stop it", code="E0525"
        ) from error


def _until(condition: Callable[[], bool], deadline: float) -> bool:
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
