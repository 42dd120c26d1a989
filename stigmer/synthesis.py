"""Run a project's program once and write down what it declared."""

# Each import here is waited for at every edit.
# ruff: noqa: PTH105, PTH118, PTH120, PTH123

from __future__ import annotations

import json
import os
import sys
import traceback

from stigmer import encoding, project
from stigmer.errors import PACKAGE, DeclarationError
from stigmer.inputs import Inputs
from stigmer.loader import ProjectFiles, load_from, run_as_main

FAILED = 1


def main() -> None:
    """`main.py`'s absolute path and the project's directory come as arguments, the directory to write to by
    STIGMER_OUT_DIR; without it nothing is written."""
    program, directory = sys.argv[1:3]
    out = os.environ.get("STIGMER_OUT_DIR")
    process = os.getpid()
    files = ProjectFiles(directory)
    inputs = Inputs(files)
    declared = project.begin()
    load_from(files)
    sys.path.insert(0, os.path.dirname(program))
    sys.argv[:] = [program]
    inputs.watch()
    try:
        run_as_main(program)
        manifest = encoding.files_of(declared)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise
        manifest = encoding.files_of(declared)
    except Exception as error:
        if os.getpid() != process or out is None:
            raise
        _write(out, {"error.json": _json(error_facts(error, program)), "inputs.json": _inputs(inputs)})
        sys.exit(FAILED)
    # A child that the program forked gets here as well, with what its parent declared.
    if os.getpid() == process and out is not None and manifest:
        _write(out, {"inputs.json": _inputs(inputs), **manifest})


def error_facts(error: Exception, program: str) -> dict[str, object]:
    """What went wrong, where in the user's code, and the traceback without our own part of it."""
    file, line = _place(error, program)
    return {
        "type": type(error).__name__,
        "message": str(error),
        "file": file,
        "line": line,
        "traceback": _traceback(error),
    }


def _place(error: Exception, program: str) -> tuple[str, int | None]:
    if isinstance(error, DeclarationError):
        return error.file, error.line
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    files = ProjectFiles(os.path.dirname(program))
    place: tuple[str, int | None] = (program, None)
    for frame, number in traceback.walk_tb(error.__traceback__):
        if files.owns(frame.f_code.co_filename):
            place = (frame.f_code.co_filename, number)
    return place


def _traceback(error: Exception) -> str:
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
        return whole or file == PACKAGE + "loader.py"
    return file.startswith("<frozen importlib")


def _inputs(inputs: Inputs) -> bytes:
    return _json({"files": inputs.files, "directories": inputs.directories})


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def _write(directory: str, files: dict[str, bytes]) -> None:
    """All of them or none that counts: `dependencies.json` comes last."""
    names = sorted(files, key=lambda name: (name == "dependencies.json", name))
    for name in names:
        with open(os.path.join(directory, f".{name}.tmp"), "wb") as stream:
            stream.write(files[name])
    for name in names:
        os.replace(os.path.join(directory, f".{name}.tmp"), os.path.join(directory, name))
