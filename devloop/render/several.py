"""Several runs of one command on the screen: a block each, then a table of how they ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from devloop.render.blocks import Blocks
from devloop.render.borrowed import Borrowed
from devloop.render.choose import masked, run_renderer
from devloop.render.output import Output
from devloop.render.renderer import AsksHere, Renderer
from devloop.render.table import show_table
from devloop.render.words import duration
from devloop.terminal.marked import MarkedTerminal
from devloop.terminal.stream import Style, Terminal
from runcmd.events import Event, RunFinished

if TYPE_CHECKING:
    from devloop.render.artifacts.artifacts import Artifacts
    from devloop.render.live.output import LiveTerminal
    from devloop.render.verdicts import Verdicts

ONE_GENERATION = 0


class SeveralScreen:
    """Gives each run its own renderer, whose lines begin with its target where people read them."""

    def __init__(
        self,
        output: Output,
        out: Terminal,
        err: Terminal,
        secrets: Collection[str],
        *,
        verdicts: Verdicts | None = None,
        live: LiveTerminal | None = None,
        artifacts: Artifacts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.borrowed = Borrowed(verdicts, live)
        self.questions: AsksHere | None = None  # who answers those of the runs; None: nobody here
        self._verdicts = verdicts
        self._live = live
        common = run_renderer(output, out, err, named=True)
        self.common: Renderer = masked(artifacts.beside(common) if artifacts else common, secrets)
        self._artifacts = artifacts
        self._people = output.for_people
        self._output = output
        self._out = out
        self._err = err
        self._secrets = secrets
        self._renderers: dict[str, Renderer] = {}
        self._blocks = Blocks(clock)

    def show(self, target: str, event: Event) -> None:
        """An event of the run of that target. Raises OSError."""
        if self._verdicts is not None:
            self._verdicts.show(event, target)
        if self._artifacts is not None:
            self._artifacts.show(event, target)
        show = partial(self._show, target, event)
        if self._people:
            self._blocks.say((ONE_GENERATION, target), show, ends=isinstance(event, RunFinished))
        else:
            show()

    def finish(self, results: Mapping[str, RunFinished]) -> None:
        """All are over, in the order in which they were asked for. Raises OSError."""
        self._blocks.release()
        if self._artifacts is not None:
            self._artifacts.complete(results)
        if self._people:
            rows = [("TARGET", "END", "TIME", "EXECUTION")]
            for target, each in results.items():
                took = duration(each.seconds) if each.seconds is not None else ""
                rows.append((target, each.outcome.value, took, each.execution))
            self._out.line()
            show_table(self._out, rows)
        self._out.flush()
        self._err.flush()

    def _show(self, target: str, event: Event) -> None:
        renderer = self._renderers.get(target)
        if renderer is None:
            renderer = self._renderers[target] = self._new_renderer(target)
        if self.questions is None:
            renderer.show(event)
        else:
            self.questions.take(event, renderer.show, target)
        if isinstance(event, RunFinished):
            renderer.close()

    def _new_renderer(self, target: str) -> Renderer:
        if self._output is Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return masked(JsonRenderer(self._out, target=target), self._secrets)
        out, err = self._out, self._err
        if self._people:
            rule = "──" if out.can_show("─") else "--"
            out.line()
            out.line(f"{rule} {target} {rule}", Style.BOLD)
            out, err = MarkedTerminal(out, target), MarkedTerminal(err, target)
        renderer = run_renderer(self._output, out, err, named=True, live=self._live, mark=target)
        return masked(renderer, self._secrets)
