"""`stigmer show`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum

from devloop.cli.connect import BackendChoice
from devloop.cli.deployed.listing import kinds_wanted
from devloop.cli.opened import asking, opened
from devloop.render.output import Output
from devloop.render.stored_definition import DefinitionScreen, yaml_of
from devloop.terminal.stream import standard_terminals
from devloop.terminal.visible import safe_json
from runcmd.deployed.definition import definition
from runcmd.deployed.find import FoundResource, resource_named
from runcmd.deployed.kinds import KINDS
from runcmd.errors import EXIT_OK


class DefinitionForm(Enum):
    """The values of its --output."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    YAML = "yaml"
    QUIET = "quiet"


def show(name: str, *, kind: str, org: str, server: str, form: DefinitionForm) -> int:
    """The exit status."""

    async def perform(choice: BackendChoice, _renderer: object) -> int:
        kinds = kinds_wanted([kind]) if kind else KINDS
        async with opened(choice) as backend:
            found = await resource_named(name, backend, choice.org if org else "", kinds)
        _write(found, form)
        return EXIT_OK

    output = Output.JSON if form is DefinitionForm.JSON else Output.PLAIN
    return asking(server, output, perform, org=org)


def _write(found: FoundResource, form: DefinitionForm) -> None:
    out, _ = standard_terminals()
    match form:
        case DefinitionForm.JSON:
            ascii_only = not out.encoding.startswith("utf")
            out.record(safe_json(json.dumps(definition(found.message), ensure_ascii=ascii_only)))
        case DefinitionForm.YAML:
            out.text(yaml_of(definition(found.message)).rstrip("\n"))
        case DefinitionForm.QUIET:
            out.line(found.id)
        case DefinitionForm.AUTO | DefinitionForm.PLAIN:
            DefinitionScreen(out, datetime.now(UTC)).show(found)
    out.flush()
