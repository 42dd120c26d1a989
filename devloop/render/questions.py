"""What an agent asks a person, and what came of it, as lines below the call that waits."""

from __future__ import annotations

from devloop.render.diffs import show_diff
from devloop.render.words import one_line
from devloop.terminal.stream import Style, Terminal
from runcmd.events import QuestionAnswered, QuestionAsked

Questions = QuestionAsked | QuestionAnswered

ASKED = {
    "approval": "{tool} must be approved",
    "form": "{tool} asks something",
    "link": "{tool} asks you to open a page",
    "sampling": "{tool} wants to ask the model",
}
ANSWERED = {
    "accepted": ("approved", "answered"),
    "declined": ("denied", "declined"),
    "cancelled": ("put away", "put away"),
    "ended": ("not decided any more", "not answered any more"),
}
STYLES = {"accepted": Style.GOOD, "declined": Style.BAD}


def question_lines(out: Terminal, event: Questions) -> None:
    """The arguments of the call stand above."""
    if isinstance(event, QuestionAsked):
        _asked(out, event)
        return
    approval, other = ANSWERED.get(event.state, (event.state, event.state))
    what = approval if event.kind == "approval" else other
    always = ", always in this run" if event.always else ""
    by = f" ({event.by})" if event.by and not event.by.startswith("always") else ""
    reason = f": {one_line(event.reason)}" if event.reason else ""
    out.line(f"   {event.tool} {what}{always}{by}{reason}", STYLES.get(event.state, Style.DIM))


def _asked(out: Terminal, event: QuestionAsked) -> None:
    server = f" ({event.server})" if event.server else ""
    words = ASKED.get(event.kind, "{tool} asks").format(tool=event.tool)
    out.line(f"{out.icon('❓')}{words}{server}", Style.WARN)
    for line in event.text.splitlines():
        out.line(f"   {line}")
    if event.url:
        out.line(f"   {event.url}")
    show_diff(out, event.diff)
    if event.hint:
        out.line(f"   {event.hint}")
