"""A shell asks what could come next; whatever goes wrong, it gets an answer, and nobody sees an error."""

from __future__ import annotations

import sys
import threading
from typing import Any

from devloop.cli.completing.answer import NOTHING, Completion, values, written
from devloop.cli.completing.parameters import of_parameter
from devloop.cli.completing.words import Typed, typed_of

DEADLINE_SECONDS = 3.0


def complete(shell: str) -> int:
    """Answers the question in the environment. The exit status: there is nothing to complain about."""
    found: list[str] = []

    def look() -> None:
        # The edge: an error must not be written into the line that somebody is typing.
        try:
            typed = typed_of()
            found.append(written(answer_to(typed), shell, typed))
        except BaseException:
            return

    # A backend or a disk may hang; whoever pressed Tab does not wait for it.
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(DEADLINE_SECONDS)
    sys.stdout.write(found[0] if found else written(NOTHING, shell, Typed(words=(), unfinished="")))
    sys.stdout.flush()
    return 0


def answer_to(typed: Typed) -> Completion:
    """What can come at the cursor."""
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete
    from typer.main import get_command

    from devloop.cli.main import app

    words = list(typed.words)
    command = get_command(app)
    context = _resolve_context(command, {}, "stigmer", words[:-1])
    # An option that still waits for its value would keep the rest from being understood.
    if not words or not _waits(words[-1], context.command):
        context = _resolve_context(command, {}, "stigmer", words)
    place: Any
    place, unfinished = _resolve_incomplete(context, words, typed.unfinished)
    if hasattr(place, "param_type_name"):
        found = of_parameter(place, context.params, unfinished)
    else:  # a command: its options, or the commands below it
        found = values((each.value, each.help or "") for each in place.shell_complete(context, unfinished))
    # Of `--output=js`, `--output=` is not the value's.
    before = typed.unfinished[: len(typed.unfinished) - len(unfinished)]
    beginning = [each for each in found.values if each.text.startswith(unfinished)]
    return Completion(meant=found.meant, before=before, values=tuple(beginning))


def _waits(word: str, command: Any) -> bool:
    """Is it an option of this command that takes a value?"""
    options = [each for each in command.params if each.param_type_name == "option" and word in each.opts]
    return any(not each.is_flag and not each.count for each in options)
