"""The command `stigmer apply`."""

from __future__ import annotations

import typer

from devloop.cli.direct import perform_apply
from devloop.cli.flags import ApplyFlags
from devloop.cli.options import options_of

EXAMPLES = """\b
Examples:
  stigmer apply                        deploy the project in this directory
  stigmer apply --dry-run              show what would be created or updated
  stigmer apply -C ../other            deploy another project
  stigmer apply --prune                also delete what it no longer declares
"""


@options_of(ApplyFlags)
def apply(flags: ApplyFlags) -> None:
    """Deploy the agents and workflows of a project."""
    raise typer.Exit(perform_apply(flags))
