"""The daemon process: takes the lock, serves, stops when it is told to or nobody needs it."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stigmer_api.shortage import shortage, threads_can_be_had
from stigmer_api.version import PROTOCOL, VERSION
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.lock import Lock
from stigmerd.daemon.logs import write_logs_to
from stigmerd.daemon.place import Auth, DaemonPlace, Info, unusable
from stigmerd.daemon.watchdog import watched_if_wanted
from stigmerd.process.no_core import close_to_debuggers, leave_no_core
from stigmerd.store.secret_files import write_whole

if TYPE_CHECKING:
    from stigmerd.server import Server

logger = logging.getLogger(__name__)

EXIT_REFUSED = 3
GRPC_AND_FORKS = "GRPC_ENABLE_FORK_SUPPORT"
CLOSE_SECONDS = 1
LOOK_SECONDS = 2
TOKEN_BYTES = 32
FEWEST_DESCRIPTORS = 48  # with fewer it could start, and then not answer


def main(arguments: Sequence[str] | None = None) -> None:
    """Started by the client, which waits for one line: who we are, or why not."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    ready = Ready(options.ready_descriptor)
    grpc_minds_no_forks()
    _take_all_descriptors()
    leave_no_core()
    mask = os.umask(0o077)  # what we make is for our owner only
    place = DaemonPlace.of(options.data_dir)
    try:
        _leave_the_caller(options.ready_descriptor)
        _refuse_few_descriptors()
        lock = _locked(place)
        try:
            _log_to(place)
            with watched_if_wanted():
                asyncio.run(_serve(place, lock, options, ready, mask))
            logger.info("stopped")
        finally:
            lock.release()
    except DaemonError as error:
        logger.error("%s (%s)", error.message, error.hint)
        ready.failed(error)
        sys.exit(EXIT_REFUSED)
    except Exception as error:
        if lacks := shortage(error):
            logger.error("%s (%s)", lacks.text, lacks.hint)
            ready.failed(DaemonError(f"the backend cannot be started: {lacks[0]}", lacks[1], code=lacks.code))
            sys.exit(EXIT_REFUSED)
        logger.exception("the backend stops because of a bug")
        raise


def _take_all_descriptors() -> None:
    """As many as the system lets us have: a shell's own limit may be 256."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(OSError, ValueError):  # macOS says "unlimited" and does not mean it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _refuse_few_descriptors() -> None:
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= soft < FEWEST_DESCRIPTORS:  # below 0: there is no limit
        raise DaemonError(
            f"the backend needs {FEWEST_DESCRIPTORS} open files at least, and the system lets it have {soft}",
            "try: ulimit -n 4096",
            code="E0903",
        )


def grpc_minds_no_forks() -> None:
    """What is forked beside its threads would have them again, and die of that. See stigmer_start.py."""
    if GRPC_AND_FORKS not in os.environ:
        os.putenv(GRPC_AND_FORKS, "0")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stigmerd")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--listen", action="append", default=[], help="host:port")
    parser.add_argument(
        "--no-auth",
        dest="auth",
        action="store_const",
        const=Auth.NONE,
        default=Auth.TOKEN,
        help="no token on loopback addresses",
    )
    parser.add_argument("--allow-user", action="append", default=[], type=int, help="number; by a socket")
    parser.add_argument("--idle-stop", type=float, default=0, help="seconds; 0: never")
    parser.add_argument("--ready-descriptor", type=int)
    return parser.parse_args(arguments)


class Ready:
    """The one line that the client waits for."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def now(self, info: Info) -> None:
        self._say(info._asdict())

    def failed(self, error: DaemonError) -> None:
        self._say({"error": error.message, "hint": error.hint, "code": error.code})

    def _say(self, word: dict[str, Any]) -> None:
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, json.dumps(word).encode() + b"\n")
        except BrokenPipeError:
            logger.info("the process that started it is gone")
        os.close(self._descriptor)
        self._descriptor = None


def _leave_the_caller(keep: int | None) -> None:
    """A process of our own, with none of its caller's files: whoever reads such a pipe would wait."""
    os.chdir("/")
    if keep is None:  # in the foreground, by hand
        return
    os.closerange(keep + 1, 65536)
    if os.fork():
        os._exit(0)  # whoever started us waits for this one, and the daemon is nobody's child


def _locked(place: DaemonPlace) -> Lock:
    place.prepare()
    try:
        lock = Lock.take(place.lock_file)
        if lock is None:
            raise DaemonError(
                f"another daemon uses {place.data_dir}",
                "stop it (stigmer server stop) or choose another directory",
                code="E0524",
            )
        place.info_file.unlink(missing_ok=True)  # of one that was killed
    except OSError as error:
        raise unusable(place.lock_file, error) from error
    return lock


def _log_to(place: DaemonPlace) -> None:
    try:
        write_logs_to(place.log_file)
    except OSError as error:
        raise unusable(place.log_file, error) from error


async def _serve(
    place: DaemonPlace, lock: Lock, options: argparse.Namespace, ready: Ready, mask: int
) -> None:
    threads_can_be_had()
    # Imported late, so that a refusal is quick and the lock is taken before the slow part.
    from stigmerd.server import ServerSettings, open_server
    from stigmerd.services.transport import AddressError
    from stigmerd.store.errors import StoreError
    from stigmerd.store.vault import VaultError

    settings = ServerSettings(
        data_dir=place.data_dir,
        addresses=(place.address, *options.listen),
        token=_token(place, options),
        idle_stop_seconds=options.idle_stop,
        log_file=place.log_file,
    )
    try:
        async with open_server(settings) as server, _neighbours(place, options.allow_user, server):
            _on_signals(server, foreground=options.ready_descriptor is None)
            place.write_info(info := _info(place, options, server))
            ready.now(info)
            # Not now: it costs some milliseconds, and somebody waits for an answer.
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, close_to_debuggers)
            os.umask(mask)  # what tools and activities make is not ours
            watching = asyncio.create_task(_leave_with(place, lock))
            await server.wait_idle_or_shutdown()
            watching.cancel()
            place.info_file.unlink(missing_ok=True)
    except (StoreError, VaultError, AddressError) as error:
        hint = getattr(error, "hint", "") or f"its log: {place.log_file}"
        raise DaemonError(str(error), hint, code=error.code) from error
    except OSError as error:
        raise unusable(place.data_dir, error) from error


async def _leave_with(place: DaemonPlace, lock: Lock) -> None:
    """Ends when the data directory was removed: nobody can find us any more."""
    while lock.in_place(place.lock_file):  # noqa: ASYNC110 - a removed file is no event of ours
        await asyncio.sleep(LOOK_SECONDS)
    logger.warning("%s is gone", place.data_dir)
    # At once: a clean-up by path would hit the daemon that may have taken our place.
    os._exit(EXIT_REFUSED)


@asynccontextmanager
async def _neighbours(place: DaemonPlace, users: Sequence[int], server: Server) -> AsyncIterator[None]:
    if not users:
        yield
        return
    from stigmerd.daemon.neighbours import open_to_neighbours

    async with open_to_neighbours(place.shared_socket, place.socket, users):
        server.addresses += (f"unix:{place.shared_socket}",)
        yield


def _info(place: DaemonPlace, options: argparse.Namespace, server: Server) -> Info:
    from stigmerd.store.clock import now

    return Info(
        pid=os.getpid(),
        version=VERSION,
        protocol=PROTOCOL,
        socket=str(place.socket),
        addresses=server.addresses,
        started_at=now(),
        missing=server.missing,
        auth=options.auth.value,
        allowed=tuple(options.allow_user),
    )


def _on_signals(server: Server, *, foreground: bool) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, server.shut_down)
    loop.add_signal_handler(signal.SIGINT, server.shut_down)
    loop.add_signal_handler(signal.SIGUSR1, server.shut_down_if_idle)
    if not foreground:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    elif signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, server.shut_down)  # its terminal was closed


def _token(place: DaemonPlace, options: argparse.Namespace) -> str | None:
    """Made anew at each start: one that was seen opens nothing for long. None: none is asked for."""
    try:
        if len(options.listen) == 0 or options.auth is Auth.NONE:
            place.token_file.unlink(missing_ok=True)  # of an earlier start: it opens nothing any more
            return None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        write_whole(place.token_file, token.encode())
    except OSError as error:
        raise unusable(place.token_file, error) from error
    return token
