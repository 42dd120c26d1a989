"""The command `stigmer run`."""

from __future__ import annotations

import typer

from devloop.cli.direct import perform_run
from devloop.cli.flags import WatchFlags
from devloop.cli.options import options_of

EXAMPLES = """\b
Examples:
  stigmer run                          deploy this project and run it
  stigmer run reviewer                 deploy this project and run its agent "reviewer"
  stigmer run reviewer -m "hello"      with a first message; -m - reads it from standard input
  stigmer run order --input @new.yaml  with data for a workflow: JSON or YAML
  stigmer run order --model openai:gpt-4.1   with this model for all its agents
  stigmer run -f support.yaml          apply the manifests of a file, and run what they declare;
                                       with --watch: again after each edit
  stigmer run reviewer -e REGION=eu    with a variable; -e secret:API_KEY takes a secret from
                                       the environment or asks for it, so that a list of
                                       processes does not show it
  stigmer run reviewer -i              talk with it; --session last goes on another time
  stigmer run reviewer --no-follow     start it and return at once
  stigmer run --resume last            go on with what failed, from the task that failed
  stigmer run report --task poem -w    one task alone, again on each save
  stigmer run --watch                  run again whenever the code changes
  stigmer run reviewer report          both at once; --all runs each agent and workflow
  stigmer run --all --watch            each runs again when a change affects it
  stigmer run reviewer -o json | jq    one JSON object per event

\b
Exit status: 0 done, 1 failed, cancelled or not found, 2 usage or configuration,
  3 project, 4 backend, 124 timeout, 130 interrupted, 143 terminated
"""


@options_of(WatchFlags)
def run(flags: WatchFlags) -> None:
    """Run an agent or a workflow.

    Inside a project (a directory with Stigmer.yaml, or below one), the project is deployed first, so that
    the current code runs. Elsewhere, what is already deployed runs. Without a name: the only resource, or
    the one that you choose.
    """
    raise typer.Exit(perform_run(flags))
