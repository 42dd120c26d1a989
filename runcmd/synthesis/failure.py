"""What went wrong in a project's program, as it says itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from runcmd.mistakes import Mistake, in_order, lines_of, relative
from runcmd.project import Project
from runcmd.synthesis.outside import ProgramError

HEAD_LINES = 20
TAIL_LINES = 40
DECLARATION_ERROR = "DeclarationError"  # stigmer.errors: a mistake, at its line


def program_error(project: Project, data: bytes, others: Sequence[Mistake]) -> ProgramError:
    """`data`: what the program's own process wrote down; `others`: what we have found ourselves."""
    try:
        error = json.loads(data)
        kind, message, traceback = str(error["type"]), str(error["message"]), str(error["traceback"])
        found = in_order([*map(_mistake, error.get("mistakes", ())), *others])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ProgramError(f"{project.main.name} failed and did not say why", code="E0302")
    declared_wrong = kind == DECLARATION_ERROR
    if declared_wrong and len(found) > 1:
        return mistaken(project, found)
    file, line = str(error.get("file") or ""), str(error.get("line") or "")
    where = relative(file, project.directory) if file else project.main.name
    first = message.splitlines()[0] if message else ""
    place, details = f"{where}{':' + line if line else ''}", _middle_out(traceback)
    if declared_wrong and first:
        # The SDK's own sentence needs no class; the frames show the way to it, and it stands above them.
        said, details = first, [text for text in details if text.startswith("  ")]
    else:
        said = f"{kind}{': ' + first if first else ''}"
        details += ["And before that:", *lines_of(found, project.directory)] if found else []
    return ProgramError(
        f"{place}: {said}",
        code=_code(error) if declared_wrong else "E0302",
        details=details,
        facts={"type": kind, "file": file, "line": line},
        mistakes=found,
    )


def _code(error: Mapping[str, Any]) -> str:
    """An older SDK says none."""
    said = str(error.get("code", ""))
    return said if re.fullmatch(r"E04\d\d", said) else "E0401"


def mistaken(project: Project, found: Sequence[Mistake], code: str = "E0401") -> ProgramError:
    """All mistakes of a program, at least one, as one error."""
    first = found[0]
    several = f"{len(found)} mistakes in what {project.main.name} declares"
    return ProgramError(
        several if len(found) > 1 else first.at(project.directory),
        code=code,
        details=lines_of(found, project.directory) if len(found) > 1 else (),
        facts={"type": DECLARATION_ERROR, "file": first.file, "line": str(first.line)},
        mistakes=found,
    )


def _mistake(facts: Mapping[str, Any]) -> Mistake:
    return Mistake(
        file=str(facts["file"]),
        line=int(facts["line"] or 0),
        message=str(facts["message"]),
        nearest=str(facts.get("nearest", "")),
    )


def _middle_out(text: str) -> list[str]:
    """A program that calls itself without end has thousands of lines to tell."""
    lines = text.splitlines()
    if len(lines) <= HEAD_LINES + TAIL_LINES:
        return lines
    gap = f"  … {len(lines) - HEAD_LINES - TAIL_LINES} lines …"
    return [*lines[:HEAD_LINES], gap, *lines[-TAIL_LINES:]]
