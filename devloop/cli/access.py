"""Who may use a backend besides its owner, and the warnings about it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

from devloop.terminal.stream import Style, standard_terminals
from runcmd.errors import UsageError
from stigmer_api.listening import WRITE, mistake_in
from stigmerd.daemon.client import Auth, DaemonPlace


class Access:
    """Who may use a backend, besides its owner through the owner's socket."""

    def __init__(self, listen: Sequence[str] = (), *, open_to_all: bool = False, users: Sequence[str] = ()):
        self.listen = listen
        self.auth = Auth.NONE if open_to_all else Auth.TOKEN
        self.users = users

    def allow(self) -> tuple[int, ...]:
        """The numbers of the users. Raises UsageError, also for what is no address."""
        for address in self.listen:
            if mistake := mistake_in(address):
                raise UsageError(
                    f'--listen: "{address}" is no address to listen on: {mistake}', code="E0533", hint=WRITE
                )
        return tuple(sorted({_user(name) for name in self.users}))


def warn(place: DaemonPlace, auth: Auth, ports: Sequence[str], allowed: Sequence[int]) -> None:
    """Warns about everybody who can run code as the owner."""
    _, err = standard_terminals()
    me = name_of(os.geteuid())
    if auth is Auth.NONE:
        err.line(
            f"No token is required at {', '.join(ports)}: every user and every program on this machine can "
            f"run code as {me}. To let single users connect instead, use --allow-user NAME.",
            Style.BAD,
        )
    if allowed:
        names = ", ".join(name_of(user) for user in allowed)
        err.line(
            f"May use the shared socket: {names}. They can run code as {me} "
            f"and read everything that {me} can read. They use: --server unix:{place.shared_socket}",
            Style.WARN,
        )
    err.flush()


def _user(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        if name.isascii() and name.isdigit() and int(name) < 1 << 32:
            return int(name)
    raise UsageError(
        f"--allow-user: there is no user {name} on this machine",
        code="E0114",
        hint="give a user name or number",
    )


def name_of(user: int) -> str:
    try:
        return f"{pwd.getpwuid(user).pw_name} ({user})"
    except KeyError:
        return f"user {user}"
