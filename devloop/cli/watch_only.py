"""Options that do something only with --watch, and were given without it."""

from __future__ import annotations

from dataclasses import fields
from typing import get_type_hints

from devloop.cli.flags import WatchFlags
from runcmd.errors import UsageError

MARK = "With --watch"  # how the help of such an option begins


def refuse_watch_options(flags: WatchFlags) -> None:
    """Raises UsageError that names them."""
    hints = get_type_hints(WatchFlags, include_extras=True)
    given = [
        f"--{each.name.replace('_', '-')}"
        for each in fields(WatchFlags)
        for option in getattr(hints[each.name], "__metadata__", ())
        if (option.help or "").startswith(MARK) and getattr(flags, each.name) != each.default
    ]
    if given:
        *others, last = given
        names = f"{', '.join(others)} and {last} work" if others else f"{last} works"
        it = "them" if others else "it"
        raise UsageError(
            f"{names} only with --watch",
            code="E0103",
            hint=f"add --watch, to run again whenever the code changes, or leave {it} out",
        )
