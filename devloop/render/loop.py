"""A watch loop on the screen: its runs one after the other, and the loop's own events between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from devloop.loop.events import (
    EditBroken,
    LoopEvent,
    NotAffected,
    RunStarted,
    RunSuperseded,
    TargetMissing,
    WatchEnding,
    WatchReady,
)
from devloop.render.blocks import Blocks, RunOf
from devloop.render.choose import loop_log, masked, run_renderer
from devloop.render.errors import error_block
from devloop.render.live.loop_view import run_key
from devloop.render.mask import Secrets
from devloop.render.output import Output
from devloop.render.program import Early, ProgramOutput
from devloop.render.renderer import AsksHere, Renderer
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

if TYPE_CHECKING:
    from devloop.render.artifacts.artifacts import Artifacts
    from devloop.render.live.output import LiveTerminal
    from devloop.render.verdicts import Verdicts


class LoopScreen:
    """Gives each run its own renderer, and the loop's events to the loop log."""

    def __init__(
        self,
        output: Output,
        out: Terminal,
        err: Terminal,
        *,
        named: bool,
        clear: bool,
        verdicts: Verdicts | None = None,
        live: LiveTerminal | None = None,
        artifacts: Artifacts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.questions: AsksHere | None = None  # who answers those of the runs; None: nobody here
        self._output = output
        self._out = out
        self._err = err
        self._named = named
        self._renderers: dict[RunOf, Renderer] = {}
        self._started: dict[RunOf, RunStarted] = {}
        self._superseded: set[RunOf] = set()
        self._blocks = Blocks(clock)
        self._first: int | None = None  # the generation of the first run
        self._secrets: frozenset[str] = frozenset()
        self._mask = Secrets(())
        self._program = ProgramOutput(output, out, err, clear=clear)
        self._log = loop_log(output, out, err, clear=clear)
        self._verdicts = verdicts
        self._live = live
        self._artifacts = artifacts
        self._borrowers = [each for each in (verdicts, live) if each is not None]

    def hide(self, values: Collection[str]) -> None:
        """Masks these values from now on."""
        if not self._secrets.issuperset(values):
            self._secrets |= frozenset(values)
            if self._artifacts is not None:
                self._artifacts.hide(self._secrets)
            self._mask = Secrets(self._secrets)
            self._program.mask_anew()

    def masked(self, value: Any) -> Any:
        """Without the values that are masked."""
        return self._mask.value(value)

    def show(self, generation: int, event: Event, target: str = "") -> None:
        self._out.end_status()
        if self._artifacts is not None:
            self._artifacts.show(event, target, generation)
        if isinstance(event, Early):
            self._program.show(generation, event, self._secrets, beside=bool(self._started))
            return
        run = generation, target
        if self._verdicts is not None and run not in self._superseded:
            self._verdicts.show(event, target)
        show = partial(self._show, run, event)
        if self._has_block(run):
            self._blocks.say(run, show, ends=isinstance(event, RunFinished))
        else:
            show()

    def _show(self, run: RunOf, event: Event) -> None:
        if self._output is not Output.JSON and run in self._superseded:
            self._show_superseded(run, event)
            return
        if self._known_from_header(run[0], event):
            return
        renderer = self._renderers.get(run)
        if renderer is None:
            renderer = self._renderers[run] = masked(self._new_renderer(run), self._secrets)
        if self.questions is None:
            renderer.show(event)
        else:
            self.questions.take(event, renderer.show, run)
        if isinstance(event, RunFinished):
            self._forget(run)

    def emit(self, event: LoopEvent) -> None:
        self._out.end_status()
        if self._verdicts is not None:
            self._verdicts.emit(event)
        if self._artifacts is not None:
            self._artifacts.emit(event)
        match event:
            case RunStarted():
                run = event.gen, event.target
                self._started[run] = event
                self._first = event.gen if self._first is None else self._first
                if self._has_block(run):
                    self._blocks.say(run, partial(self._write, event))
                    return
            case RunSuperseded():
                run = event.gen, event.target
                self._superseded.add(run)
                if self.questions is not None:
                    self.questions.over(run)
                if renderer := self._renderers.get(run):
                    renderer.close()
            case EditBroken() | NotAffected() | TargetMissing():
                self._renderers.pop((event.gen, ""), None)
            case WatchEnding():
                self._blocks.release()
            case _:
                pass
        self._write(event)

    def _write(self, event: LoopEvent) -> None:
        event = self._mask.value(event)
        if self._live is None:
            self._log(event)
        else:
            if not isinstance(event, WatchReady) or not self._live.draws:
                self._log(event)
            self._live.hear(event)
        if isinstance(event, RunStarted):
            self._program.cleared(event.gen, self._secrets)
        self._out.flush()
        self._err.flush()

    def _has_block(self, run: RunOf) -> bool:
        """Others may run beside it. A program is told at once who says what."""
        started = self._started.get(run)
        return started is not None and started.mark != "" and self._output.for_people

    def close(self) -> None:
        self._blocks.release()
        if self._live is not None:
            self._live.give_back()
        self._out.end_status()
        self._out.flush()

    @property
    def moves_cursor(self) -> bool:
        """Can a question be asked, whose answers are chosen with the arrows?"""
        return self._out.moves_cursor

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""
        for each in self._borrowers:
            each.release()

    def give_back(self) -> None:
        """Nothing on the terminal is ours any more."""
        for each in self._borrowers:
            with suppress(OSError):
                each.give_back()

    def give_way(self) -> None:
        """We are about to be stopped: others write to the screen then. What is on it stays."""
        self.give_back()
        self._out.give_way(erase=False)

    def come_back(self) -> None:
        """We were stopped, and go on."""
        self._out.give_way(erase=False)
        for each in self._borrowers:
            each.resume()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Somebody else writes to the screen: a question."""
        if self._live is None:
            yield
            return
        self._live.give_back()
        try:
            yield
        finally:
            self._live.resume()

    def _known_from_header(self, generation: int, event: Event) -> bool:
        """After the first run, the header says enough about the deployment."""
        if self._output is Output.JSON or generation == self._first:
            return False
        return isinstance(event, ProjectFound | SynthesisFinished | ApplyFinished)

    def _forget(self, run: RunOf) -> None:
        """It is over."""
        for each in (run, (run[0], "")):
            if (renderer := self._renderers.pop(each, None)) is not None:
                renderer.close()
        self._started.pop(run, None)
        self._superseded.discard(run)

    def _new_renderer(self, run: RunOf) -> Renderer:
        generation, target = run
        if self._output is Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(self._out, gen=generation, target=target)
        out, err = self._out, self._err
        if mark := self._mark_of(run):
            from devloop.terminal.marked import MarkedTerminal

            out, err = MarkedTerminal(out, mark), MarkedTerminal(err, mark)
        return run_renderer(
            self._output, out, err, named=self._named, live=self._live, mark=run_key(generation, target)
        )

    def _mark_of(self, run: RunOf) -> str:
        """How its lines begin. An answer alone stays as it is."""
        started = self._started.get(run)
        return started.mark if started is not None and self._output is not Output.QUIET else ""

    def _show_superseded(self, run: RunOf, event: Event) -> None:
        """One line, and an error if the run is not really over."""
        started = self._started.get(run)
        match event:
            case CancelFinished(outcome=CancelOutcome.CONFIRMED) if self._output is not Output.QUIET:
                mark = f"[{self._mark_of(run)}] " if self._mark_of(run) else ""
                number = started.run if started is not None else run[0]
                self._out.line(f"{mark}run {number} cancelled ({duration(event.seconds)})", Style.WARN)
            case RunFinished():
                if self._live is not None:
                    self._live.see(run_key(*run), event)
                self._forget(run)
                if event.outcome not in (Outcome.CANCELLED, Outcome.SUCCEEDED):
                    error_block(self._err, event.error, event.hint, code=event.facts.get("code", ""))
            case _:
                pass
