"""Room for temporary files, a clock that is right, a terminal that shows what we write."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from devloop.cli.doctor.backend import room
from devloop.cli.doctor.finding import Finding, bad, doubtful, good
from devloop.terminal.stream import is_dumb, standard_terminals
from runcmd.project import Project

AREA = "machine"
AHEAD_SECONDS = 120  # of the clock
FIRST_YEAR = 2025  # of this program
SIGNS = "✓ ⚠ ✗ … → 💬"


def machine(project: Project | None) -> Iterator[Finding]:
    """Whatever the project is."""
    temporary = Path(tempfile.gettempdir())
    if os.access(temporary, os.W_OK | os.X_OK):
        yield from room(AREA, temporary, f"temporary files go to {temporary}")
    else:
        yield bad(AREA, f"{temporary} cannot be written to", "set TMPDIR to a directory of yours")
    yield _clock(project)
    yield from _terminal()


def _clock(project: Project | None) -> Finding:
    now = time.time()
    files = [] if project is None else [project.file, project.main]
    newest = max((each.stat().st_mtime for each in files if each.exists()), default=now)
    if time.gmtime(now).tm_year < FIRST_YEAR:
        return bad(AREA, f"the clock says {time.strftime('%Y-%m-%d')}", "set it: timedatectl set-ntp true")
    if newest > now + AHEAD_SECONDS:
        return doubtful(
            AREA,
            f"files of the project are {newest - now:,.0f} s newer than the clock",
            "set the clock: timedatectl set-ntp true; or: touch the files",
        )
    return good(AREA, f"the clock says {time.strftime('%Y-%m-%d %H:%M %z')}")


def _terminal() -> Iterator[Finding]:
    out, _ = standard_terminals()
    if not out.can_show(SIGNS):
        yield doubtful(
            AREA,
            f"the terminal is set to {out.encoding}: signs are spelled out",
            "export LC_ALL=C.UTF-8",
        )
    if not out.interactive:
        yield good(AREA, "the output is no terminal: plain lines are written")
    elif is_dumb(os.environ):
        yield doubtful(AREA, "TERM says that the terminal takes no escapes", "export TERM=xterm-256color")
    else:
        colours = "with colours" if out.colour else "without colours (NO_COLOR)"
        yield good(AREA, f"the terminal is {os.environ.get('TERM', '')}, {colours}")
