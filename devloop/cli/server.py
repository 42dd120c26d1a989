"""`stigmer server`: the local backend in the background."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress

from devloop.cli.access import Access, warn
from devloop.cli.logs import Log
from devloop.cli.warm import wait_for_the_end
from devloop.render.errors import error_block
from devloop.terminal.standard import require_reader
from devloop.terminal.stream import Style, Terminal, standard_terminals
from runcmd.errors import EXIT_BACKEND, EXIT_FAILED, EXIT_OK, EXIT_TERMINATED, UsageError
from stigmerd.daemon import client
from stigmerd.daemon.client import Auth, DaemonError, DaemonPlace, RunningDaemon


def start(access: Access, *, foreground: bool) -> int:
    """The exit status."""

    def perform(out: Terminal) -> int:
        place, allow = DaemonPlace.of(), access.allow()
        if foreground:
            warn(place, access.auth if access.listen else Auth.TOKEN, access.listen, allow)
            return _run_in_foreground(place, client.doors(access.listen, access.auth, allow))
        running = client.start(place, access.listen, auth=access.auth, allow=allow, idle_stop_seconds=0)
        _describe(out, place, running, "Backend started" if running.started else "Backend already running")
        if access.listen and access.auth is Auth.TOKEN:
            out.line(
                f"Token: in {place.token_file}, new with each start; elsewhere, set STIGMER_API_KEY to it"
            )
        return EXIT_OK

    return _with_errors_shown(perform)


def stop() -> int:
    """The exit status."""

    def perform(out: Terminal) -> int:
        place = DaemonPlace.of()
        stopped = client.stop(place)
        wait_for_the_end(place.data_dir)
        out.line(f"{out.icon('✓')}Backend stopped" if stopped else "No backend is running", Style.GOOD)
        return EXIT_OK

    return _with_errors_shown(perform)


def status() -> int:
    """The exit status: 1 if none runs."""

    def perform(out: Terminal) -> int:
        place = DaemonPlace.of()
        running = client.status(place)
        if running is None:
            out.line("No backend is running; it starts with the first run, or with: stigmer server start")
            return EXIT_FAILED
        _describe(out, place, running, "Backend is running")
        return EXIT_OK

    return _with_errors_shown(perform)


def logs(lines: int, *, follow: bool) -> int:
    """The exit status."""

    def perform(out: Terminal) -> int:
        file = DaemonPlace.of().log_file
        log = Log(file)
        if not log.exists and follow:
            out.line("waiting for the first line of the log; to start the backend: stigmer server start")
        elif not log.exists:
            raise DaemonError(
                f"there is no log yet: {file}", "start the backend first: stigmer server start", code="E0520"
            )
        with closing(log):
            for line in log.last_lines(lines):
                out.line(line)
            out.flush()
            for text in log.appended(require_reader) if follow else ():
                out.write(text)
                out.flush()
        return EXIT_OK

    return _with_errors_shown(perform)


def _describe(out: Terminal, place: DaemonPlace, running: RunningDaemon, what: str) -> None:
    out.good(f"{what} (process {running.pid}, version {running.version})")
    out.line(f"Address: {running.address}")
    for address in running.addresses:
        if address != running.address:
            out.line(f"Address: {address}")
    out.line(f"Data: {place.data_dir}")
    out.line(f"Log: {place.log_file}")
    if running.missing:
        out.line(f"Warning: {running.missing}", Style.WARN)
    elif kept := place.kept_beside():
        out.line(f"Kept after damage: {', '.join(map(str, kept))}")
    ports = [address for address in running.addresses if not address.startswith("unix:")]
    warn(place, running.auth if ports else Auth.TOKEN, ports, running.allowed)


def _with_errors_shown(perform: Callable[[Terminal], int]) -> int:
    out, err = standard_terminals()
    try:
        status = perform(out)
        out.flush()
    except DaemonError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return EXIT_BACKEND
    except UsageError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    return status


def _run_in_foreground(place: DaemonPlace, options: Sequence[str]) -> int:
    from stigmerd.daemon.main import main

    # The daemon writes its standard output to its log, so the log is shown on the one we were given.
    given = os.dup(sys.stdout.fileno())
    on_terminal = os.isatty(given)
    log = Log(place.log_file)
    log.last_lines(0)  # what was said before is not said again
    threading.Thread(target=_copy, args=(log.appended(), given), daemon=True).start()
    try:
        main(["--data-dir", str(place.data_dir), *options])
    except SystemExit:
        return EXIT_BACKEND
    closed = on_terminal and not os.isatty(given)
    return EXIT_TERMINATED if closed else EXIT_OK


def _copy(texts: Iterable[str], descriptor: int) -> None:
    with suppress(OSError):  # nobody reads any more
        for text in texts:
            os.write(descriptor, text.encode())
