"""Does the user want to be notified, and can this terminal do it?"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from devloop.cli.flags import RunFlags
from devloop.terminal.stream import Terminal, takes_escapes
from stigmer_api.config_file import config_file

if TYPE_CHECKING:
    from devloop.render.verdicts import Verdicts


def verdicts_for(flags: RunFlags, out: Terminal, err: Terminal) -> Verdicts | None:
    """What says how runs end: as --notify says, else `notify` in the configuration file; None for nothing.

    Nothing either where nobody looks: output into a file or a pipe, a dumb terminal, CI, --no-follow.
    A program that reads standard output gets no other byte for it.

    Raises:
        UsageError: for a configuration file that cannot be understood.
    """
    if flags.notify is False or not flags.follow or not out.interactive or not takes_escapes(os.environ):
        return None
    if flags.notify is None:
        from devloop.cli.config import read_notify

        if not read_notify(config_file()):
            return None
    stream = sys.stderr if err.interactive else sys.stdout if flags.output.for_people else None
    if stream is None:
        return None
    from devloop.render.verdicts import Verdicts
    from devloop.terminal.attention import Attention

    return Verdicts(Attention(stream, os.environ))
