"""From the project to the target, as lines of text: what comes before an execution."""

from __future__ import annotations

from typing import assert_never

from devloop.render import words
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from runcmd import events

Deploying = (
    events.ProjectFound
    | events.SynthesisStarted
    | events.SynthesisLasted
    | events.ProgramWrote
    | events.SynthesisFinished
    | events.ManifestsLoaded
    | events.ManifestApplied
    | events.BackendConnected
    | events.ResourcePlanned
    | events.ResourceApplied
    | events.ApplyFinished
    | events.TargetResolved
)


class DeploymentLines:
    """One line for each step; a user who named what to run needs fewer."""

    def __init__(self, out: Terminal, err: Terminal, *, named: bool) -> None:
        self._out = out
        self._err = err
        self._named = named

    def show(self, event: Deploying) -> None:
        match event:
            case events.ProjectFound():
                self._project(event)
            case events.SynthesisLasted():
                dots = "…" if self._out.can_show("…") else "..."
                self._out.line(f"running {event.main.name} {dots}", Style.DIM)
            case events.ProgramWrote():
                self._program(event)
            case events.SynthesisFinished():
                self._manifest(event)
            case events.ManifestsLoaded():
                self._out.good(f"Loaded {', '.join(event.files)}: {event.resources} resource(s)")
            case events.ManifestApplied():
                self._out.good(f"{event.resource} {event.name}: {event.change.value.capitalize()}")
            case events.BackendConnected():
                if event.started:
                    self._out.good("Started the local backend")
            case events.ApplyFinished():
                self._deployed(event)
            case events.TargetResolved():
                self._target(event)
            case events.SynthesisStarted() | events.ResourcePlanned() | events.ResourceApplied():
                pass
            case _:
                assert_never(event)

    def _project(self, event: events.ProjectFound) -> None:
        if self._named:
            text = f"{self._out.icon('📁')}Detected Stigmer project - applying latest code"
            for line in wrapped(text, columns_of(self._out)):
                self._out.line(line)
        else:
            self._out.good(f"Loaded {event.file.name}")

    def _program(self, event: events.ProgramWrote) -> None:
        """What the user's program printed, on the stream that it printed to."""
        terminal = self._out if event.stream == "stdout" else self._err
        terminal.text(event.text.removesuffix("\n"), Style.DIM)

    def _manifest(self, event: events.SynthesisFinished) -> None:
        if not self._named:
            self._out.good(f"Manifest loaded: {event.agents + event.workflows} resource(s) discovered")

    def _deployed(self, event: events.ApplyFinished) -> None:
        total = event.agents + event.workflows
        if not total:
            return  # of files only: a line for each was written
        text = f" {total} resource(s)" if self._named else f": {words.counted(event.agents, event.workflows)}"
        changed = "" if event.changed == total else f" ({event.changed or 'none'} changed)"
        self._out.good(f"Deployed{text}{changed}")

    def _target(self, event: events.TargetResolved) -> None:
        if event.how == "only":
            self._out.good(f"Auto-selected: {event.name}")
        elif event.how == "default":
            self._out.good(f"Default: {event.name}")
