"""Which Python runs a project's program, and what is wrong with it?"""

# os.path, because what is asked for may be broken: a Path's own questions raise errors then.
# ruff: noqa: PTH110, PTH112, PTH113, PTH114, PTH115

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from runcmd.errors import UsageError
from runcmd.project import Project

OWN = ".venv"
ACTIVE = "VIRTUAL_ENV"
CONFIGURATION = "pyvenv.cfg"
INSIDE = Path("Scripts/python.exe") if os.name == "nt" else Path("bin/python")


def project_python(project: Project, environ: Mapping[str, str] = os.environ) -> Path:
    """The interpreter of the project's program: of Stigmer.yaml, else of its .venv, else of the active
    environment, else ours. It may be broken: an environment without an interpreter is still one."""
    if project.python is not None:
        return project.python
    places = [project.directory / OWN]
    if active := environ.get(ACTIVE):
        places.append(Path(active))
    return next((place / INSIDE for place in places if _is_environment(place)), Path(sys.executable))


def lost_environment(project: Project, environ: Mapping[str, str] = os.environ) -> str:
    """The active environment if it is not there and would have been used; else nothing."""
    active = environ.get(ACTIVE, "")
    if not active or project.python is not None or os.path.exists(active):
        return ""
    return active if project_python(project, environ) == Path(sys.executable) else ""


def cannot_start(python: Path, project: Project, error: OSError) -> UsageError:
    """What to say when the interpreter does not even start."""
    problem = _problem(python) or (error.strerror or str(error))
    return UsageError(
        f"cannot start {python}: {problem}",
        code="E0219",
        hint=_remedy(python, project),
        facts={"file": str(python)},
    )


def lost_base(python: Path, project: Project) -> UsageError | None:
    """What to say when it started and failed, if the Python that its environment was made of is gone."""
    home = _base(python.parent.parent / CONFIGURATION)
    if not home or os.path.isdir(home):
        return None
    return UsageError(
        f"{python} does not work: the environment was made with the Python in {home}, which is gone",
        code="E0219",
        hint=_remedy(python, project),
        facts={"file": str(python)},
    )


def _is_environment(place: Path) -> bool:
    """Also one that has lost something."""
    if os.path.islink(place) and not os.path.exists(place):
        return True
    return os.path.lexists(place / INSIDE) or os.path.isfile(place / CONFIGURATION)


def _problem(python: Path) -> str:
    environment = python.parent.parent
    if os.path.islink(environment) and not os.path.exists(environment):
        return f"{environment} is a link to {os.readlink(environment)}, which is not there"
    if os.path.islink(python) and not os.path.exists(python):
        return f"it is a link to {os.path.realpath(python)}, which is not there; was that Python removed?"
    if not os.path.exists(python):
        lost = os.path.isfile(environment / CONFIGURATION)
        return f"the environment {environment} has lost its interpreter" if lost else "it does not exist"
    if os.path.isdir(python):
        return "it is a directory"
    return "" if os.access(python, os.X_OK) else "it is not executable"


def _remedy(python: Path, project: Project) -> str:
    if project.python is not None:
        return f"set `python` in {project.file} to a Python interpreter, or recreate the environment"
    environment = python.parent.parent
    again = (
        f"recreate it: python3 -m venv --clear {shlex.quote(str(environment))}, then install stigmer-devloop"
    )
    if environment == project.directory / OWN:
        return f"{again} there (or set `python` in {project.file})"
    if str(environment) == os.environ.get(ACTIVE, "").rstrip("/"):
        return f"{again} there, or leave it: deactivate (it is named by {ACTIVE})"
    return f"set `python` in {project.file} to a Python interpreter"


def _base(configuration: Path) -> str:
    try:
        lines = configuration.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    pairs = (line.partition("=") for line in lines)
    return next((value.strip() for key, _, value in pairs if key.strip() == "home"), "")
