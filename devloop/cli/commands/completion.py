"""The command `stigmer completion`, and the two options that are its short form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from devloop.cli.choices import ShellChoice

EXAMPLES = """\b
Examples:
  stigmer --install-completion        for the shell that you are in, from its next start on
  source <(stigmer completion bash)   for this bash only; zsh the same
  stigmer completion fish | source    for this fish only
"""


def completion(
    shell: Annotated[ShellChoice, typer.Argument(metavar="bash|zsh|fish", help="The shell.")],
) -> None:
    """Print the script that completes commands, options, names and ids in a shell."""
    from devloop.cli.completing.install import show

    raise typer.Exit(show(shell.value))


def install_option(wanted: bool) -> None:
    """`--install-completion`"""
    if wanted:
        from devloop.cli.completing.install import install

        raise typer.Exit(_performed(install))


def show_option(wanted: bool) -> None:
    """`--show-completion`"""
    if wanted:
        from devloop.cli.completing.install import show

        raise typer.Exit(_performed(show))


def _performed(perform: Callable[[str], int]) -> int:
    from devloop.render.errors import error_block
    from devloop.terminal.stream import standard_terminals
    from runcmd.errors import RunError

    try:
        return perform("")
    except RunError as error:
        error_block(standard_terminals()[1], error.message, error.hint, error.details, code=error.code)
        return error.exit_code
