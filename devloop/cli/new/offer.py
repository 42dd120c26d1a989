"""Nothing to run, in an empty directory: would they like a project?"""

from __future__ import annotations

import sys

from devloop.cli.flags import RunFlags
from devloop.cli.here import here
from devloop.cli.project import find_file
from devloop.terminal.job_control import in_front
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, RunError

QUESTION = "No Stigmer.yaml here. Make a project in this directory, and run it?"


def offer_project(flags: RunFlags) -> int:
    """Asks somebody who runs nothing in an empty directory, and makes the project.

    Whoever cannot be asked, or does not want it, is told by the run what it misses. The exit status of the
    attempt: of one that fails, the reason is shown.
    """
    out, _ = standard_terminals()
    asks = flags.output.for_people and out.interactive and in_front(sys.stdin.fileno())
    if not asks or not _is_empty():
        return EXIT_OK
    from devloop.cli.choices import TemplateChoice
    from devloop.cli.new.new import new
    from devloop.terminal.confirm import confirm

    if not confirm(QUESTION, out, default=True):
        return EXIT_OK
    status = new("", TemplateChoice.BASIC)
    out.line()
    out.flush()
    return status


def _is_empty() -> bool:
    """And in no project."""
    try:
        if find_file(None) is not None:
            return False
        from devloop.cli.new.scaffold import require_free  # only where there is no project

        require_free(here())
    except RunError:  # the run has the same trouble, and says so
        return False
    return True
