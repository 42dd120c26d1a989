"""What there is to say about one kind of error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The page of a code. Texts are whole sentences; lines of several are wrapped when they are shown.

    `example` is what a terminal shows: a command after `$ `, and what it says.
    """

    code: str
    title: str
    cause: str
    remedy: str
    example: str
