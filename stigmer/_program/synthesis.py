"""Run a project's program once and write down what it declared."""

# Each import here is waited for at every edit.
# ruff: noqa: PTH105, PTH118, PTH120

from __future__ import annotations

import io
import json
import os
import sys

from stigmer import project
from stigmer._program import checks, encoding, tool_entries
from stigmer._program.failures import error_facts, mistakes_facts
from stigmer._program.inputs import Inputs
from stigmer._program.loader import ProjectFiles, load_from, run_as_main
from stigmer._program.shadows import HiddenModules
from stigmer._program.written import write_new
from stigmer_api.manifest_files import CHECKS, DEPENDENCIES, ERROR, INPUTS, OUT_DIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FAILED = 1


def main(listed: Iterable[str] = ()) -> None:
    """`main.py`'s absolute path and the project's directory come as arguments, the directory to write to by
    STIGMER_OUT_DIR; without it nothing is written. `listed` are directories that count as listed by it."""
    program, directory = sys.argv[1:3]
    out = os.environ.get(OUT_DIR)  # absolute: the program may change the directory
    process = os.getpid()
    files = ProjectFiles(directory)
    inputs = Inputs(files, listed)
    declared = project.begin()
    declared.mistakes = []
    load_from(files)
    hidden = HiddenModules(os.path.dirname(program))
    inputs.watch()
    _write_each_line()
    try:
        _run(program)
        tool_entries.read_all(declared, hidden)
        with hidden.back():
            manifest = encoding.files_of(declared)
    except SystemExit:
        raise
    except BaseException as error:
        if os.getpid() != process or out is None:
            raise
        with hidden.back():
            found = mistakes_facts(error_facts(error, program), declared.mistakes, error)
            facts = checks.facts_for_run(declared)
            _write(out, {ERROR: _json(found), INPUTS: _inputs(inputs), CHECKS: _json(facts)})
        sys.exit(FAILED)
    # A child that the program forked gets here as well, with what its parent declared.
    if os.getpid() == process and out is not None and manifest:
        _write(out, {INPUTS: _inputs(inputs), **manifest})


def _run(program: str) -> None:
    try:
        run_as_main(program)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise


def _write_each_line() -> None:
    """What the program prints is shown while it runs. Standard error does that by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def _inputs(inputs: Inputs) -> bytes:
    found = {"files": inputs.files, "directories": inputs.directories}
    if outside := inputs.outside:
        found["outside"] = outside
    if directories := inputs.directories_outside:
        found["directories_outside"] = directories
    return _json(found)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def _write(directory: str, files: dict[str, bytes]) -> None:
    """All of them or none that counts: `dependencies.json` comes last."""
    names = sorted(files, key=lambda name: (name == DEPENDENCIES, name))
    for name in names:
        write_new(os.path.join(directory, f".{name}.tmp"), files[name])
    for name in names:
        os.replace(os.path.join(directory, f".{name}.tmp"), os.path.join(directory, name))
