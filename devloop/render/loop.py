"""A watch loop on the screen: its runs one after the other, and the loop's own events between them."""

from __future__ import annotations

from collections.abc import Collection

from devloop.loop.events import EditBroken, LoopEvent, NotAffected, RunStarted, RunSuperseded, TargetMissing
from devloop.render.choose import loop_log, masked, run_renderer
from devloop.render.errors import error_block
from devloop.render.mask import Secrets
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.render.words import duration
from devloop.terminal.stream import Style, Terminal
from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    CancelOutcome,
    Event,
    Outcome,
    ProjectFound,
    RunFinished,
    SynthesisFinished,
)


class LoopScreen:
    """Gives each run its own renderer, and the loop's events to the loop log."""

    def __init__(self, output: Output, out: Terminal, err: Terminal, *, named: bool, clear: bool) -> None:
        self._output = output
        self._out = out
        self._err = err
        self._named = named
        self._renderers: dict[int, Renderer] = {}
        self._superseded: dict[int, int] = {}
        self._runs: dict[int, int] = {}
        self._secrets: frozenset[str] = frozenset()
        self._mask = Secrets(())
        self._log = loop_log(output, out, err, clear=clear)

    def hide(self, values: Collection[str]) -> None:
        """Masks these values from now on."""
        if not self._secrets.issuperset(values):
            self._secrets |= frozenset(values)
            self._mask = Secrets(self._secrets)

    def show(self, generation: int, event: Event) -> None:
        self._out.end_status()
        if self._output is not Output.JSON and generation in self._superseded:
            self._show_superseded(generation, event)
            return
        if self._known_from_header(generation, event):
            return
        renderer = self._renderers.get(generation)
        if renderer is None:
            renderer = self._renderers[generation] = masked(self._new_renderer(generation), self._secrets)
        renderer.show(event)
        if isinstance(event, RunFinished):
            self._renderers.pop(generation).close()

    def emit(self, event: LoopEvent) -> None:
        self._out.end_status()
        match event:
            case RunStarted():
                self._runs[event.gen] = event.run
            case RunSuperseded():
                self._superseded[event.gen] = event.by
                if renderer := self._renderers.get(event.gen):
                    renderer.close()
            case EditBroken() | NotAffected() | TargetMissing():
                self._renderers.pop(event.gen, None)
            case _:
                pass
        self._log(self._mask.value(event))
        self._out.flush()
        self._err.flush()

    def close(self) -> None:
        self._out.end_status()
        self._out.flush()

    @property
    def moves_cursor(self) -> bool:
        """Can a question be asked, whose answers are chosen with the arrows?"""
        return self._out.moves_cursor

    def give_way(self) -> None:
        """Others write to the screen now, or did: we are stopped by Ctrl-Z. What is on it stays."""
        self._out.give_way(erase=False)

    def _known_from_header(self, generation: int, event: Event) -> bool:
        """After the first run, the header says enough about the deployment."""
        if self._output is Output.JSON or self._runs.get(generation) == 1:
            return False
        return isinstance(event, ProjectFound | SynthesisFinished | ApplyFinished)

    def _new_renderer(self, generation: int) -> Renderer:
        if self._output is Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(self._out, gen=generation)
        return run_renderer(self._output, self._out, self._err, named=self._named)

    def _show_superseded(self, generation: int, event: Event) -> None:
        """One line, and an error if the run is not really over."""
        run = self._runs.get(generation, generation)
        match event:
            case CancelFinished(outcome=CancelOutcome.CONFIRMED) if self._output is not Output.QUIET:
                self._out.line(f"run {run} cancelled ({duration(event.seconds)})", Style.WARN)
            case RunFinished():
                self._renderers.pop(generation, None)
                if event.outcome not in (Outcome.CANCELLED, Outcome.SUCCEEDED):
                    error_block(self._err, event.error, event.hint)
            case _:
                pass
