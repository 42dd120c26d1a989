"""`--report` and `--save-transcript`: what they name becomes files that are written while a command runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from devloop.cli.flags import RunFlags
from devloop.cli.here import placed
from devloop.cli.show import show_failure
from devloop.render.renderer import Renderer
from devloop.terminal.stream import Style, Terminal
from runcmd.errors import RunError

if TYPE_CHECKING:
    from devloop.render.artifacts.artifacts import Artifacts


def artifacts_of(flags: RunFlags, err: Terminal, *, goes_on: bool = False) -> Artifacts | None:
    """None: nothing is to be written.

    Args:
        goes_on: a loop: its reports are about the newest run of each target.

    Raises:
        UsageError: a file that cannot be written, or no form of a report.
    """
    if not flags.report and flags.transcript is None:
        return None
    from devloop.render.artifacts.artifacts import Artifacts
    from devloop.render.artifacts.wanted import wanted_reports

    def complain(text: str) -> None:
        err.line(f"warning: {text}", Style.WARN)
        err.flush()

    transcript = None if flags.transcript is None else placed(flags.transcript.expanduser())
    return Artifacts(
        transcript,
        wanted_reports(flags.report or ()),
        complain,
        asked=flags.names[0] if flags.names and len(flags.names) == 1 else "",
        goes_on=goes_on,
    )


def with_artifacts(
    flags: RunFlags, err: Terminal, renderer: Renderer, perform: Callable[[Renderer, Artifacts | None], int]
) -> int:
    """The exit status of `perform`, which gets a renderer that keeps what it shows."""
    try:
        artifacts = artifacts_of(flags, err)
    except RunError as error:
        return show_failure(renderer, error)
    if artifacts is None:
        return perform(renderer, None)
    status = perform(artifacts.beside(renderer), artifacts)
    artifacts.close(status)
    return status


def artifact_files(flags: RunFlags) -> Iterator[Path]:
    """All that is written for these flags: a watch loop does not run again for it."""
    if flags.transcript is not None:
        yield placed(flags.transcript.expanduser()).resolve()
    if flags.report:
        from devloop.render.artifacts.files import unfinished
        from devloop.render.artifacts.wanted import wanted_reports

        for each in wanted_reports(flags.report):
            file = each.file.resolve()
            yield from (file, unfinished(file))
