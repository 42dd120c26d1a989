"""The options of `stigmer record`: whose answers, from which run, into which file."""

# Annotations are values here, as in `devloop/cli/flags.py`.

from typing import Annotated

from devloop.cli.common_options import (
    EnvFiles,
    Org,
    ProjectDirectory,
    RuntimeEnv,
    Server,
    Shown,
    Trust,
    Verbose,
)
from devloop.cli.options import argument, option
from devloop.render.output import Output
from runcmd.frozen import Frozen


class RecordFlags(Frozen):
    """The options of `stigmer record`."""

    name: Annotated[str | None, argument(metavar="[AGENT]", help="The agent that is run.")] = None
    execution: Annotated[
        str,
        option(
            "--from",
            metavar="ID",
            help="Run nothing: record this execution, with the conversation before it."
            " An ID, the beginning of one, last, or last:NAME.",
        ),
    ] = ""
    to: Annotated[
        str | None,
        option(
            "--to",
            metavar="FILE",
            help="Where the script goes; with --from, - is standard output. [default: AGENT.yaml]",
        ),
    ] = None
    force: Annotated[bool, option("--force", help="Replace a file that is there.")] = False
    message: Annotated[
        str | None,
        option("--message", "-m", metavar="TEXT", help="What it is asked; - reads standard input."),
    ] = None
    session: Annotated[
        str, option("--session", metavar="ID", help="Go on with this conversation, and record all of it.")
    ] = ""
    model: Annotated[
        list[str] | None,
        option("--model", metavar="PROVIDER:NAME", help="The model that is asked, whatever else is said."),
    ] = None
    env: RuntimeEnv = None
    env_file: EnvFiles = None
    timeout: Annotated[
        str | None, option("--timeout", metavar="TIME", help="Cancel after this time, 30s, 5m or 1h30m.")
    ] = None
    project: ProjectDirectory = None
    trust: Trust = False
    org: Org = ""
    server: Server = ""
    output: Shown = Output.AUTO
    verbose: Verbose = 0
