"""All error codes, each declared once, and how to find one."""

from __future__ import annotations

import difflib
from typing import Final

from devloop.explain import (
    agents,
    answers,
    approvals,
    backends,
    built_ins,
    command_line,
    conversations,
    declarations,
    functions,
    inputs,
    manifests,
    mcp_servers,
    models,
    outputs,
    projects,
    recordings,
    resuming,
    settings,
    shells,
    stored,
    system,
    targets,
    tasks,
    tools,
    transcripts,
)
from devloop.explain.page import ErrorPage

# The first two digits tell where an error comes from.
ROOMS: Final = {
    "E01": (
        "The command line",
        (
            *command_line.PAGES,
            *inputs.PAGES,
            *conversations.COMMANDS,
            *stored.PAGES,
            *tools.PAGES,
            *shells.PAGES,
            *transcripts.PAGES,
        ),
    ),
    "E02": ("Settings and places", settings.PAGES + manifests.PAGES),
    "E03": ("The project's program", projects.PAGES),
    "E04": ("What the program declares", declarations.PAGES),
    "E05": ("The backend", backends.PAGES),
    "E06": ("What runs", (*targets.PAGES, *conversations.PAGES, *resuming.PAGES, *stored.FOUND)),
    "E07": ("Tasks of a workflow", tasks.PAGES),
    "E08": ("Agents and models", agents.PAGES),
    "E09": ("The system", system.PAGES),
    "E12": (
        "Agents: what they use, and what comes of it",
        (*mcp_servers.PAGES, *models.PAGES, *answers.PAGES, *functions.PAGES, *outputs.PAGES),
    ),
    "E13": ("Tools of agents, and recordings", (*approvals.PAGES, *built_ins.PAGES, *recordings.PAGES)),
}
PAGES: Final = tuple(page for _, pages in ROOMS.values() for page in pages)


def find(code: str) -> ErrorPage | None:
    """Also `e123`, `0123` and `123`."""
    digits = code.strip().upper().removeprefix("E")
    wanted = f"E{digits.zfill(4)}"
    return next((page for page in PAGES if page.code == wanted), None)


def near(code: str, most: int = 3) -> list[ErrorPage]:
    """Those whose code, or else whose title, is most like it."""
    by_code = {page.code: page for page in PAGES}
    codes = difflib.get_close_matches(code.strip().upper(), by_code, n=most, cutoff=0.6)
    words = set(code.lower().split())
    titled = [page for page in PAGES if words & set(page.title.lower().split())]
    return [by_code[each] for each in codes] or titled[:most]
