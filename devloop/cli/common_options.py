"""Options that several commands have, each declared once."""

# Annotations are values here, not texts, as in `flags.py`.

from pathlib import Path
from typing import Annotated

from devloop.cli.options import argument, option
from devloop.render.output import Output

Org = Annotated[str, option("--org", metavar="ORG", help="Organization of the agents and workflows.")]
Server = Annotated[
    str,
    option("--server", metavar="ADDR", help="Backend to use: host:port, https://host or unix:/path."),
]
Trust = Annotated[
    bool,
    option("--trust", help="Run a project even if another user owns it or can write to it."),
]
Verbose = Annotated[
    int,
    option(
        "--verbose",
        "-v",
        counted=True,
        help="Also show what models are asked, with their tools, and HTTP requests with their timing;"
        " -vv: with headers and bodies.",
    ),
]
Shown = Annotated[
    Output, option("--output", "-o", help="Output format: auto is live on a terminal, and plain elsewhere.")
]
SomeExecutions = Annotated[
    list[str], argument(metavar="ID...", help="IDs, the beginnings of some, last, or last:NAME.")
]
Executions = Annotated[
    list[str] | None, argument(metavar="[ID]...", help="IDs, the beginnings of some, last, or last:NAME.")
]
Yes = Annotated[bool, option("--yes", "-y", help="Do not ask.")]
Execution = Annotated[str, argument(metavar="ID", help="An ID, the beginning of one, last, or last:NAME.")]
ProjectDirectory = Annotated[
    Path | None,
    option("--project", "-C", metavar="DIR", help="Project directory. [default: here or above]"),
]
RuntimeEnv = Annotated[
    list[str] | None,
    option(
        "--runtime-env",
        "--env",
        "-e",
        metavar="K=V",
        help="Variable for this execution; K alone is inherited; secret:K is a secret. Repeatable.",
    ),
]
EnvFiles = Annotated[
    list[Path] | None,
    option("--env-file", metavar="PATH", help="Read variables from a .env file or a pipe. Repeatable."),
]
