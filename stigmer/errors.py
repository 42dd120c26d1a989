"""Mistakes in what a program declares, at the line of the user's code that made them."""

# pathlib would cost each program 15 ms.
# ruff: noqa: PTH100, PTH119, PTH120

from __future__ import annotations

import os
import sys

from stigmer.late import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

DEEP_CALLS = 200  # of ours, below one of the program's

MEANT = ' (did you mean "'
PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


# What `stigmer explain` knows a mistake by: the module that found it says of what kind it is.
CODES = {
    "activities": "E0409",
    "agents": "E0408",
    "approvals": "E0408",
    "blocks": "E0406",
    "built_ins": "E0408",
    "calls": "E0403",
    "checks": "E0405",
    "data": "E0405",
    "encoding": "E0410",
    "environment": "E0407",
    "errors": "E0403",
    "expressions": "E0405",
    "files": "E0408",
    "fixed_text": "E0405",
    "flow": "E0406",
    "jq_code": "E0405",
    "layout": "E0406",
    "limits": "E0408",
    "models": "E0408",
    "names": "E0404",
    "outputs": "E0408",
    "parameters": "E1270",
    "project": "E0404",
    "reliability": "E0408",
    "server_options": "E0408",
    "servers": "E0408",
    "skill_folders": "E0408",
    "skills": "E0408",
    "steps": "E0406",
    "tools": "E1270",
    "types": "E1270",
    "values": "E0405",
    "variables": "E0407",
    "workflows": "E0406",
    "written_program": "E0405",
    "wrong_field": "E0405",
}


class SourcePlace:
    """A line of the user's code."""

    __slots__ = ("file", "line")

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line

    def __str__(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"


class StigmerError(Exception):
    """What every error of this library is.

    Example:
        ```python
        try:
            EnvVar("not a name")
        except StigmerError as error:
            print(error)
        ```
    """


class DeclarationError(StigmerError):
    """An agent or a workflow is declared in a way that cannot work. It knows the file and the line.

    Example:
        ```python
        try:
            Agent("critic", "Too short")
        except DeclarationError as mistake:
            print(f"{mistake.file}:{mistake.line}: {mistake.message}")
        ```
    """

    def __init__(self, message: str, place: SourcePlace | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place or here()
        self.code = CODES.get(sys._getframe(1).f_globals["__name__"].rpartition(".")[2], "E0401")

    @property
    def file(self) -> str:
        """Where the mistake stands."""
        return self.place.file

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.place.line

    @property
    def nearest(self) -> str:
        """What was probably meant, if anything is near."""
        return self.message.rpartition(MEANT)[2].partition('"')[0] if MEANT in self.message else ""


def here() -> SourcePlace:
    """The innermost line outside of this library."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return SourcePlace(frame.f_code.co_filename, frame.f_lineno)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean "reviewer"?)`, or nothing."""
    # Half of a run never makes a mistake, and difflib takes 9 ms.
    nearest = late("difflib").get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'{MEANT}{nearest[0]}"?)' if nearest else ""


def listed(names: Iterable[str]) -> str:
    """`"a", "b"`, or `none`."""
    return ", ".join(f'"{name}"' for name in names) or "none"


def declares(function: Function) -> Function:
    """A call with wrong arguments is a mistake of the program that calls, with the nearest right argument."""

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            inside = error.__traceback__ is not None and error.__traceback__.tb_next is not None
            if inside:
                raise
            mistake = _wrong_arguments(function, kwargs, str(error))
        except RecursionError as error:
            if not _is_deep(error.__traceback__):
                raise  # the program itself called and called
            what = function.__qualname__.removesuffix(".__init__")
            mistake = f"{what}: a value is nested too deep, or contains itself"
        raise DeclarationError(mistake)

    call.__name__ = function.__name__
    call.__qualname__ = function.__qualname__
    call.__doc__ = function.__doc__
    call.__wrapped__ = function  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def _is_deep(traceback: TracebackType | None) -> bool:
    """Have we gone a long way down, from our first line on?"""
    depth = 0
    while traceback is not None and depth < DEEP_CALLS:
        traceback, depth = traceback.tb_next, depth + 1
    return depth == DEEP_CALLS


def _wrong_arguments(function: Callable[..., Any], given: dict[str, Any], mistake: str) -> str:
    what = function.__qualname__.removesuffix(".__init__")
    code = function.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None and "unexpected keyword" in mistake:
        hint = did_you_mean(unknown, known) or f"; it has {listed(known)}"
        return f'{what} has no argument "{unknown}"{hint}'
    return f"{what}: {mistake.partition('() ')[2] or mistake}"
