"""`stigmer explain`: what an error means, and what to do."""

from __future__ import annotations

import shutil

from devloop.explain.registry import find, near
from devloop.explain.text import listed, shown
from devloop.render.errors import error_block
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, EXIT_USAGE


def explain(code: str) -> int:
    """Shows the page of a code, or all codes without one; the exit status."""
    out, err = standard_terminals()
    page = find(code) if code else None
    if code and page is None:
        meant = " or ".join(f"{each.code} ({each.title})" for each in near(code))
        hint = f"did you mean {meant}?" if meant else "see all of them: stigmer explain"
        error_block(err, f'there is no error code "{code}"', hint, code="E0115")
        return EXIT_USAGE
    for line in listed() if page is None else shown(page, shutil.get_terminal_size().columns):
        out.line(line)
    out.flush()
    return EXIT_OK
