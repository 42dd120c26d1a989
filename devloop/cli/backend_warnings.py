"""Warns before a token, a key or a secret goes to a backend where others can get at it."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from devloop.cli.access import name_of
from devloop.terminal.stream import Style, standard_terminals
from stigmerd.daemon.peer import uid_of_peer

if TYPE_CHECKING:
    from runcmd.backend.address import Address

UNIX = "unix:"
NEAR = (UNIX, "localhost:", "127.", "[::1]:")  # what is sent there does not leave this machine
ANSWER_SECONDS = 1


def warn_about(address: Address, *more: str) -> None:
    """Writes the warnings to standard error, one line each."""
    _, err = standard_terminals()
    for text in (*more, _unencrypted(address), _of_another_user(address.target)):
        if text:
            err.line(text, Style.WARN)
    err.flush()


def _unencrypted(address: Address) -> str:
    """Can a token and secrets be read in transit?"""
    if address.tls or address.token is None or address.target.startswith(NEAR):
        return ""
    return (
        f"The token and the secrets of a run travel unencrypted to {address.target}; "
        "use https:// or an SSH tunnel (ssh -L)"
    )


def _of_another_user(target: str) -> str:
    """Does another user listen at this socket? If nobody does, the first call reports it."""
    if not target.startswith(UNIX):
        return ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(target.removeprefix(UNIX).removeprefix("//"))
            user = uid_of_peer(probe)
        except OSError:
            return ""
    if user == os.geteuid():
        return ""
    return (
        f"The backend at {target} belongs to {name_of(user)}, who gets "
        "the model keys of this shell, the secrets of a run, and everything that it executes"
    )
