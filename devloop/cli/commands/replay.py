"""The command `stigmer replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Shown
from devloop.cli.options import with_options
from devloop.render.output import Output

EXAMPLES = """\b
Examples:
  stigmer run --save-transcript run.jsonl      keep everything that the run shows
  stigmer replay run.jsonl                     draw it again, in its own time on a terminal
  stigmer replay run.jsonl --speed 0           at once
  stigmer replay run.jsonl -o plain | less     as lines
"""


@with_options
def replay(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH", help="What --save-transcript or -o json wrote; - reads standard input."
        ),
    ],
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            metavar="FACTOR",
            help="2 is twice as fast, 0 at once. [default: 1 on a terminal, 0 elsewhere]",
        ),
    ] = None,
    output: Shown = Output.AUTO,
) -> None:
    """Draw a recorded run again. Needs no backend; the exit status is 0, however the run ended."""
    from devloop.cli.replay import replay as perform

    raise typer.Exit(perform(path, speed, output))
