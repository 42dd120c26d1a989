"""The backend that a command about skills talks to, and a skill in the words of `-o json`."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

from devloop.cli.connect import BackendChoice, choose_backend
from devloop.render.errors import error_block
from devloop.terminal.stream import standard_terminals
from runcmd.errors import RunError
from stigmer_api.config_file import config_file

if TYPE_CHECKING:
    from stigmer_api.skill_pb2 import Skill

SHORT = 16  # digits of a version that are shown


def with_backend(
    server: str, org: str, perform: Callable[[BackendChoice], Awaitable[int]], *, needs_org: bool = True
) -> int:
    """The exit status, also of what goes wrong."""
    _, err = standard_terminals()
    try:
        choice = choose_backend(
            server=server, org=org, environ=os.environ, config=config_file(), needs_org=needs_org
        )
        return anyio.run(perform, choice)
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code


def told(skill: Skill) -> dict[str, str]:
    """For programs."""
    return {
        "id": skill.metadata.id,
        "name": skill.metadata.name,
        "slug": skill.metadata.slug,
        "org": skill.metadata.org,
        "tag": skill.spec.tag,
        "version": skill.status.version_hash,
    }
