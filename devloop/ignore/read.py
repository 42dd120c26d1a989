"""Reads one ignore file."""

from __future__ import annotations

import os
import stat

from devloop.ignore.pattern import LineWarning
from devloop.ignore.rules import Rules

LARGEST_BYTES = 100 * 1024 * 1024  # git's own limit


def read_rules(file: str, display: str, *, fold: bool, follow: bool) -> Rules | None:
    """The rules in a file; None if there is none.

    Args:
        file: may be missing.
        display: its name in reasons.
        fold: letters match in either case.
        follow: whether a symbolic link is followed; git does not, for a .gitignore.
    """
    # Without blocking: somebody may have put a pipe there.
    flags = os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(file, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _unreadable(display, error)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            content = opened.read()
    except OSError as error:
        return _unreadable(display, error)
    finally:
        os.close(descriptor)
    return Rules(display, content.decode("latin-1"), fold=fold)


def _unreadable(display: str, error: OSError) -> Rules:
    rules = Rules(display, "")
    rules.warnings = (LineWarning(display, 0, f"cannot be read: {error.strerror}"),)
    return rules
