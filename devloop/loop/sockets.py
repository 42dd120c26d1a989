"""The Unix sockets over which loops listen, all in one directory that only their owner can enter."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runcmd.frozen import Frozen

SUFFIX = ".sock"
WAITING_CLIENTS = 16
CONNECT_SECONDS = 1.0  # to a loop that is stopped and has many waiting


class ControlSocket(Frozen):
    """Where a loop listens."""

    path: Path
    listening: socket.socket
    project: Path
    named: tuple[str, ...]  # what to run, as the user named it


@contextmanager
def open_socket(directory: Path, project: Path, named: tuple[str, ...]) -> Iterator[ControlSocket]:
    """In a directory that is there. Raises OSError. Nothing is left behind."""
    name = f"loop-{secrets.token_hex(4)}{SUFFIX}"
    path, unready = directory / name, directory / f".{name}"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listening.bind(str(unready))
        unready.chmod(0o600)
        listening.listen(WAITING_CLIENTS)
        listening.setblocking(False)
        unready.rename(path)  # who finds it can connect
        yield ControlSocket(path=path, listening=listening, project=project, named=named)
    finally:
        listening.close()
        for each in (unready, path):
            with suppress(OSError):
                each.unlink()


def connected(path: Path) -> socket.socket:
    """A connection to the loop that listens there. Raises OSError."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(CONNECT_SECONDS)
        client.connect(str(path))
    except OSError:
        client.close()
        raise
    return client


def live_sockets(directory: Path) -> list[tuple[Path, socket.socket]]:
    """Connections to all loops that listen there; what a killed one left is removed."""
    found: list[tuple[Path, socket.socket]] = []
    try:
        names = sorted(each for each in os.listdir(directory) if each.endswith(SUFFIX))  # noqa: PTH208
    except OSError:
        return []
    for name in names:
        path = directory / name
        try:
            found.append((path, connected(path)))
        except ConnectionRefusedError:
            with suppress(OSError):
                path.unlink()
        except OSError:
            pass  # it has ended, or is stopped
    return found
