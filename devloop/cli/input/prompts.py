"""What a prompt of an MCP server says, as the message: `--prompt`, and `/prompt` in a conversation."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from devloop.cli.flags import RunFlags
from runcmd.errors import UsageError
from stigmer_api.attachments import Attachment
from stigmer_api.prompts import LIST, WantedPrompt, beside, parsed

HINT = "write --prompt SERVER/NAME --prompt-arg KEY=VALUE; --prompt list shows which there are"
HINT_IN_LINE = "write /prompt SERVER/NAME KEY=VALUE …; /prompt alone shows which there are"


def with_prompt(flags: RunFlags, message: str) -> tuple[Attachment, str]:
    """What goes beside the message, and the message. Raises UsageError."""
    if not flags.prompt:
        raise UsageError(
            "--prompt-arg works only with --prompt", code="E0103", hint="add --prompt SERVER/NAME"
        )
    wanted = _parsed(flags.prompt, flags.prompt_arg or (), "--prompt: ", HINT)
    alone = flags.message is None
    return beside(wanted, alone=alone), wanted.message if alone else message


def prompt_in_line(text: str) -> WantedPrompt:
    """What follows `/prompt`. Raises UsageError."""
    try:
        words = shlex.split(text) or [LIST]
    except ValueError as error:  # a quote that is not closed
        raise UsageError(f"/prompt: {error}", code="E1228", hint=HINT_IN_LINE) from error
    return _parsed(words[0], words[1:], "/prompt: ", HINT_IN_LINE)


def _parsed(path: str, arguments: Sequence[str], option: str, hint: str) -> WantedPrompt:
    try:
        return parsed(path, arguments)
    except ValueError as error:
        raise UsageError(f"{option}{error}", code="E1228", hint=hint) from error
