"""The command `stigmer explain`."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    code: Annotated[str, typer.Argument(metavar="[CODE]", help="As an error shows it: E0601.")] = "",
) -> None:
    """Explain an error by its code; without one, list all codes. Needs no network."""
    from devloop.cli.explain import explain as perform

    raise typer.Exit(perform(code))
