"""What becomes of an edit in the middle of a conversation, in a line or two."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.loop.events import (
    AnswersCompared,
    Cause,
    ChangesCollected,
    ChangeSeen,
    CodeTaken,
    EditBroken,
    EditMended,
    EditNoticed,
    LoopEvent,
    NotAffected,
    RunStarted,
    RunSuperseded,
    StormPaused,
    TurnRepeated,
    WatchEnding,
    WatchReady,
)
from devloop.render.compare.rows import differing_words
from devloop.render.errors import error_block
from devloop.render.loop_log import PlainLoopLog
from devloop.render.words import named_paths
from devloop.terminal.cells import cells, cut, wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.errors import EXIT_PROJECT, EXIT_USAGE

SHOWN_MESSAGE = 60
WIDEST = 100


class HotLog:
    """Says what concerns the conversation; the rest as in a watch loop."""

    def __init__(self, out: Terminal, err: Terminal) -> None:
        self._out, self._err = out, err
        self._others = PlainLoopLog(out, err, clear=False)
        self._changed: Sequence[str] = ()  # what the newest run is about
        self._cause = Cause.START
        self._broken = ""
        self._deployed = False  # something was

    def show(self, event: LoopEvent) -> None:
        """Raises OSError."""
        match event:
            case RunStarted():
                self._changed, self._cause, self._deployed = event.changed, event.cause, True
                if not event.earlier:
                    self._broken = ""
            case TurnRepeated():
                self._repeated(event)
            case AnswersCompared():
                self._say(_difference(event))
            case CodeTaken():
                self._broken, self._deployed = "", True
                if event.changed:
                    self._say(f"{named_paths(event.changed)} changed: the next message gets the new code")
            case NotAffected():
                self._broken = ""
                self._say(f"{named_paths(event.changed)} changed: it makes no difference to {event.name}")
            case EditBroken():
                self._broken_code(event)
            case EditMended():
                self._say(f"{event.name} works again", Style.GOOD)
            case ChangesCollected():
                what = named_paths(event.changed) or "nothing"
                self._say(f"{what} changed: the next message or /again gets the new code")
            case StormPaused():
                self._others.show(event)
                self._say("until you say something, or /again, no message is asked again")
            case EditNoticed() | ChangeSeen() | RunSuperseded() | WatchReady() | WatchEnding():
                pass
            case _:
                self._others.show(event)

    def _repeated(self, event: TurnRepeated) -> None:
        why = f"{named_paths(self._changed)} changed" if self._changed else "once more"
        if self._cause is Cause.BACKEND:
            why = "the backend is back"
        asked = " ".join(event.message.split())
        rule = f"── {visible(why)}: asked again: {visible(cut(asked, SHOWN_MESSAGE))} ──"
        for line in wrapped(self._plain(rule), columns_of(self._out), indent=3):
            self._out.line(line, Style.BOLD)
        if folded := " ".join(event.answer.split()):
            self._folded(folded)

    def _folded(self, answer: str) -> None:
        """The old answer, in one line."""
        begin, end = "before: ", " (d shows both)"
        room = (columns_of(self._out) or WIDEST) - cells(begin) - cells(end)
        self._out.line(f"{begin}{visible(cut(answer, max(10, room)))}{end}", Style.DIM)

    def _broken_code(self, event: EditBroken) -> None:
        broken = event.exit_code in (
            EXIT_PROJECT,
            EXIT_USAGE,
        )  # else only not asked again
        still = self._deployed and broken and "the last code that works answers"
        if event.error == self._broken:
            self._say(f"{visible(event.error)}{f': {still}' if still else ''}", Style.WARN)
            return
        self._broken = event.error
        self._out.line()
        self._out.flush()
        code = event.facts.get("code", "")
        details = () if event.echoed else event.details
        error_block(self._err, event.error, event.hint, details, code=code)
        if still:
            self._say(f"{still} until it is mended")

    def _say(self, text: str, style: Style = Style.DIM) -> None:
        for line in wrapped(self._plain(text), columns_of(self._out)):
            self._out.line(line, style)

    def _plain(self, text: str) -> str:
        return text if self._out.can_show("─·") else text.replace("─", "-").replace("·", "-")


def _difference(event: AnswersCompared) -> str:
    if event.before == event.after:
        return "the answer is the same as before"
    differ, total = differing_words(event.before, event.after)
    if not differ:
        return "the answer is shorter than before · d shows both"
    return f"{differ} of {total} words differ from the answer before · d shows both"
