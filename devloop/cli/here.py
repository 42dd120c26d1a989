"""In which directory was this command typed? Relative paths mean places below it, whatever becomes of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from pathlib import Path

from runcmd.errors import UsageError

SOCKET = "unix:"


def here() -> Path:
    """As the shell names it, links included: a link that turns later leads to the new directory.

    Raises UsageError if it has been deleted.
    """
    shell = Path(os.environ.get("PWD", ""))
    if shell.is_absolute() and ".." not in shell.parts and _is_here(shell):
        return shell
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(
            "the directory that you are in no longer exists",
            code="E0216",
            hint=f"another one has its place: cd {shell}"
            if shell.is_absolute() and shell.is_dir()
            else "go to one that exists, or name a project by its whole path",
        ) from error


def placed(path: Path) -> Path:
    """Absolute. Links stay links, except where `..` comes after them. Raises UsageError."""
    if not path.is_absolute():
        path = here() / path
    if ".." not in path.parts:
        return path
    return (
        Path(os.path.realpath(path)) if path.name == ".." else Path(os.path.realpath(path.parent), path.name)
    )


def placed_address(address: str) -> str:
    """The same for the socket of a server; other addresses stay as they are. Raises UsageError."""
    path = address.removeprefix(SOCKET)
    return address if path in (address, "") or path.startswith("/") else f"{SOCKET}{placed(Path(path))}"


def place_variables(environ: MutableMapping[str, str], names: Iterable[str]) -> None:
    """Makes the paths in these variables absolute. Where we are nowhere, they stay: who needs one says so."""
    for name in names:
        value = environ.get(name, "")
        with suppress(UsageError):
            if name == "PYTHONPATH" and value:
                # An empty one stays: it means wherever the program is at work.
                each = (part and str(placed(Path(part))) for part in value.split(os.pathsep))
                environ[name] = os.pathsep.join(each)
            elif value.startswith(SOCKET):
                environ[name] = placed_address(value)
            elif value and not value.startswith("~"):
                environ[name] = str(placed(Path(value)))


def _is_here(directory: Path) -> bool:
    try:
        return directory.samefile(".")
    except OSError:
        return False
