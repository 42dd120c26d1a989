"""The screen of a hot chat: each turn, and what becomes of edits, also above a line that is being typed."""

from __future__ import annotations

from devloop.cli.chat.hot.log import HotLog
from devloop.cli.chat.screen import ChatScreen
from devloop.loop.events import CodeTaken, EditBroken, LoopEvent, RunStarted, TurnRepeated, WatchReady
from devloop.render.blocks import RunOf
from devloop.render.choose import run_renderer
from devloop.render.errors import error_block
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import Style
from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    CancelOutcome,
    Event,
    Outcome,
    ProjectFound,
    ResourceApplied,
    RunFinished,
    SynthesisFinished,
    TargetResolved,
)

DEPLOYMENT = (ProjectFound, SynthesisFinished, ResourceApplied, ApplyFinished, TargetResolved)


class HotScreen(LoopScreen):
    """A loop's screen, whose runs are turns."""

    def __init__(self, chat: ChatScreen, *, named: bool) -> None:
        super().__init__(chat.output, chat.out, chat.err, named=named, clear=False)
        self.typed = True  # the message that is asked stands on the screen already
        self.editing = False  # somebody is typing: nothing can be drawn below the lines
        self.refused: EditBroken | None = None  # why the newest generation is not deployed
        self.answering = False
        self._chat = chat
        self._repeated: set[int] = set()
        self._deployed = False  # all that the deployment has to say was said once
        if chat.output.for_people:
            self._log = HotLog(chat.out, chat.err).show
        self.hide(chat.secrets)

    def emit(self, event: LoopEvent) -> None:
        match event:
            case EditBroken():
                self.refused = event
            case CodeTaken():
                self._deployed = True
            case RunStarted():
                self.answering = True
                if not event.earlier:
                    self.refused = None
            case TurnRepeated():
                self._repeated.add(event.gen)
            case WatchReady():
                self.answering = False
            case _:
                pass
        super().emit(event)

    def _show(self, run: RunOf, event: Event) -> None:
        super()._show(run, event)
        if self.editing:
            self._out.flush()
        if isinstance(event, RunFinished) and self._output.for_people:
            self._chat.gap()

    def _known_from_header(self, generation: int, event: Event) -> bool:
        """What the first deployment has said is not said again."""
        return self._deployed and self._output is not Output.JSON and isinstance(event, DEPLOYMENT)

    def _new_renderer(self, run: RunOf) -> Renderer:
        if not self._output.for_people:
            return super()._new_renderer(run)
        if run not in self._started:
            return run_renderer(self._output, self._out, self._err, named=self._named)
        typed = self.typed or run[0] in self._repeated
        return self._chat.renderer(typed=typed, drawn=not self.editing)

    def _show_superseded(self, run: RunOf, event: Event) -> None:
        live = self._chat.live
        match event:
            case CancelFinished(outcome=CancelOutcome.CONFIRMED) if self._output.for_people:
                self._out.line("(interrupted: the code changed)", Style.WARN)
            case RunFinished():
                if live is not None:
                    live.see("", event)
                self._forget(run)
                if event.outcome not in (Outcome.CANCELLED, Outcome.SUCCEEDED):
                    error_block(self._err, event.error, event.hint, code=event.facts.get("code", ""))
            case _:
                pass
