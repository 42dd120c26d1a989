"""What the program of a version says before the header of its run, beside what still runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from devloop.render.choose import masked, run_renderer
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import Terminal
from runcmd.events import Event, ProgramWrote, SynthesisLasted, SynthesisStarted

Early = SynthesisStarted | SynthesisLasted | ProgramWrote


class ProgramOutput:
    """One version at a time: a newer one's program begins when nobody wants the older one's any more."""

    def __init__(self, output: Output, out: Terminal, err: Terminal, *, clear: bool) -> None:
        self._output = output
        self._out = out
        self._err = err
        self._keeps = clear and out.moves_cursor
        self._kept: list[Early] = []
        self._generation = 0
        self._renderer: Renderer | None = None
        self._lines: ProgramLines | None = None

    def show(self, generation: int, event: Early, secrets: Collection[str], *, beside: bool) -> None:
        """`beside`: some run is on the screen, and goes on."""
        if generation != self._generation:
            self._generation, self._kept = generation, []
            self.mask_anew()
        if self._keeps:
            self._kept.append(event)
        renderer = self._renderer or self._begin(generation, secrets)
        if self._lines is not None:
            self._lines.beside = beside
        renderer.show(event)

    def mask_anew(self) -> None:
        """There are more secrets than before, or another version."""
        if self._renderer is not None:
            self._renderer.close()
        self._renderer = None

    def cleared(self, generation: int, secrets: Collection[str]) -> None:
        """The screen was emptied for its run: what its program said stands below the header."""
        if generation == self._generation and self._kept:
            self.mask_anew()
            renderer = self._begin(generation, secrets)
            for each in self._kept:
                renderer.show(each)
            self._kept = []

    def _begin(self, generation: int, secrets: Collection[str]) -> Renderer:
        if self._output is Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            self._renderer = masked(JsonRenderer(self._out, gen=generation), secrets)
        else:
            self._lines = ProgramLines(run_renderer(self._output, self._out, self._err))
            self._renderer = masked(self._lines, secrets)
        return self._renderer


class ProgramLines:
    """Marks each line with the program's name while a run is on the screen, which has lines of its own."""

    def __init__(self, inner: Renderer) -> None:
        self.beside = False
        self._inner = inner
        self._name = "main.py"

    def show(self, event: Event) -> None:
        if isinstance(event, SynthesisStarted):
            self._name = event.main.name
        if isinstance(event, ProgramWrote) and self.beside:
            lines = event.text.splitlines(keepends=True)
            event = replace(event, text="".join(f"[{self._name}] {line}" for line in lines))
        self._inner.show(event)

    def close(self) -> None:
        self._inner.close()
