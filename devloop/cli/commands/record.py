"""The command `stigmer record`."""

from __future__ import annotations

import typer

from devloop.cli.options import options_of
from devloop.cli.recording.flags import RecordFlags

EXAMPLES = """\b
Examples:
  stigmer record critic -m "Hello, Ada!"                  run it, and write critic.yaml
  stigmer record critic --model openai:gpt-5 -m "Hello"   with the answers of this model
  stigmer record --from last --to scripts/critic.yaml     what has run, with its conversation
  stigmer run critic --model scripted:critic.yaml         it says the same again, with no network
"""


@options_of(RecordFlags)
def record(flags: RecordFlags) -> None:
    """Make a script of the scripted model from a real run of an agent.

    The script gives the same answers to the same messages and makes the same calls, with no network and no
    key: for tests, for demos, and for a workflow whose agents nobody has to pay for. The exit status is that
    of the run; what a model said before it failed is recorded, too.
    """
    from devloop.cli.recording.record import record as perform

    raise typer.Exit(perform(flags))
