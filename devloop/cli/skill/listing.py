"""`stigmer skill list`."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from devloop.cli.connect import BackendChoice
from devloop.cli.opened import opened
from devloop.cli.skill import calls
from devloop.cli.skill.at_backend import SHORT, told, with_backend
from devloop.render.output import Output
from devloop.render.table import show_table
from devloop.terminal.stream import standard_terminals
from runcmd.backend.refusals import UnsupportedError
from runcmd.errors import EXIT_OK, BackendError
from stigmer_api.facts import LOCAL_ORGANIZATION

if TYPE_CHECKING:
    from stigmer_api.skill_pb2 import Skill


def show_list(org: str, server: str, output: Output) -> int:
    """The exit status."""
    return with_backend(server, org, partial(_list, org, output), needs_org=False)


async def _list(org: str, output: Output, choice: BackendChoice) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        try:
            skills = await calls.all_skills(backend, org)
        except UnsupportedError as error:
            raise BackendError(
                "this server has no list of its skills",
                code=error.code,
                hint="an agent finds a skill by its name: stigmer skill push says it",
            ) from error
    if output is Output.JSON:
        out.record(json.dumps([told(each) for each in skills], ensure_ascii=False))
    elif output is Output.QUIET:
        for each in skills:
            out.line(each.metadata.slug)
    elif skills:
        show_table(out, [("NAME", "ORG", "TAG", "VERSION", "PUSHED"), *map(_row, skills)])
    else:
        out.line("no skill was pushed yet; to push one: stigmer skill push DIR")
    out.flush()
    return EXIT_OK


def _row(skill: Skill) -> tuple[str, ...]:
    at = skill.status.audit.spec_audit.updated_at
    pushed = at.ToDatetime().strftime("%Y-%m-%d %H:%M") if at.seconds else ""
    return (
        skill.metadata.name,
        skill.metadata.org or LOCAL_ORGANIZATION,
        skill.spec.tag,
        skill.status.version_hash[:SHORT],
        pushed,
    )
