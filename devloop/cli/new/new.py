"""`stigmer new`: a project that runs as it is, and what to type next."""

from __future__ import annotations

import os
import shlex
from importlib.util import find_spec
from pathlib import Path

from devloop.cli.choices import TemplateChoice
from devloop.cli.here import here
from devloop.cli.new.kinds import COMMON_FILES, TEMPLATES, Template
from devloop.cli.new.names import directory_and_name
from devloop.cli.new.scaffold import files_of, write
from devloop.render.errors import error_block, warning
from devloop.terminal.stream import Style, Terminal, standard_terminals
from runcmd.errors import EXIT_OK, RunError
from runcmd.project import find

DISTRIBUTION = "stigmer-devloop"


def new(given: str, template: TemplateChoice) -> int:
    """Makes a project, and says what to type next. The exit status."""
    out, err = standard_terminals()
    kind = next(each for each in TEMPLATES if each.name == template.value)
    try:
        directory, name = directory_and_name(given)
        write(directory, files_of(kind, name))
    except RunError as error:
        error_block(err, error.message, error.hint, error.details, code=error.code)
        return error.exit_code
    where = shown(directory)
    out.good(f"Created the project {name}" + ("" if where == name else f" in {where}"))
    _tell(kind, directory, out)
    if (around := find(directory.parent)) is not None:
        warning(err, f"it is inside of the project {around.parent}, and has nothing to do with it")
    if kind.extra and find_spec(kind.extra) is None:
        warning(err, f"it needs a library that is not installed: pip install '{DISTRIBUTION}[{kind.extra}]'")
    out.flush()
    return EXIT_OK


def _tell(kind: Template, directory: Path, out: Terminal) -> None:
    files = (*kind.files, *COMMON_FILES)
    wide = max(len(file) for file, _ in files)
    out.line()
    for file, what in files:
        out.line(f"  {file:<{wide}}  {what}".replace("`", ""))
    out.line()
    out.line("Next:")
    if not directory.samefile(here()):
        out.line(f"  cd {shlex.quote(shown(directory))}", Style.BOLD)
    out.line(f"  {kind.run}", Style.BOLD)
    out.line(f"  {kind.run} --watch", Style.BOLD)
    out.line("README.md says more.")


def shown(directory: Path) -> str:
    """Relative, where that is shorter."""
    if directory.samefile(start := here()):
        return "this directory"
    relative = os.path.relpath(directory, start)
    return relative if len(relative) < len(str(directory)) else str(directory)
