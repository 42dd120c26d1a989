"""What went wrong in the user's program, told without our own part of the story."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable

from stigmer._program.loader import ProjectFiles
from stigmer.errors import PACKAGE, DeclarationError

LOADER = os.path.join(PACKAGE, "_program", "loader.py")  # noqa: PTH118 -- as in the import system


def error_facts(error: BaseException, program: str) -> dict[str, object]:
    """What went wrong, where in the user's code, and the traceback without our own part of it."""
    file, line = _place(error, program)
    return {
        "type": type(error).__name__,
        "message": _message(error),
        "file": file,
        "line": line,
        "traceback": _traceback(error),
        "code": error.code if isinstance(error, DeclarationError) else "",
    }


def mistakes_facts(
    facts: dict[str, object], mistakes: Iterable[DeclarationError], error: BaseException
) -> dict[str, object]:
    """The same, with all that is known to be wrong besides, in the order of files and lines."""
    found = {(each.file, each.line, each.message): each for each in mistakes}
    if isinstance(error, DeclarationError):
        found[error.file, error.line, error.message] = error
    listed = [
        {"file": file, "line": line, "message": message, "nearest": each.nearest}
        for (file, line, message), each in sorted(found.items(), key=lambda item: item[0])
    ]
    return {**facts, "mistakes": listed}


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg  # the place is told apart
    try:
        return str(error)
    except Exception:  # it is the user's code
        return "(its text cannot be made)"


def _place(error: BaseException, program: str) -> tuple[str, int | None]:
    if isinstance(error, DeclarationError):
        return error.file, error.line
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    files = ProjectFiles(os.path.dirname(program))  # noqa: PTH120 -- of text, as in the import system
    place: tuple[str, int | None] = (program, None)
    for frame, number in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if files.owns(file) or (os.path.isabs(file) and files.beside(file)):  # noqa: PTH117
            place = (file, number)
    return place


def _traceback(error: BaseException) -> str:
    report = traceback.TracebackException.from_exception(error)
    _trim(report, whole=isinstance(error, DeclarationError))
    return "".join(report.format())


def _trim(report: traceback.TracebackException, *, whole: bool) -> None:
    """Drop the frames before the user's first one, and, of our own errors, all of ours."""
    frames = list(report.stack)
    first = next((at for at, frame in enumerate(frames) if not _ours(frame.filename)), len(frames))
    report.stack[:] = [frame for frame in frames[first:] if not _hidden(frame.filename, whole)]
    for other in (report.__cause__, report.__context__, *(getattr(report, "exceptions", None) or ())):
        if other is not None:
            _trim(other, whole=whole)


def _ours(file: str) -> bool:
    return file.startswith((PACKAGE, "<frozen importlib")) or file == "<string>"


def _hidden(file: str, whole: bool) -> bool:
    if file.startswith(PACKAGE):
        return whole or file == LOADER
    return file.startswith("<frozen importlib")
