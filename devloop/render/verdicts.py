"""`--notify`: how a run ended, as a notification and as the title of the terminal's window."""

from __future__ import annotations

from devloop.loop.events import EditBroken, LoopEvent, RunStarted, TargetMissing
from devloop.render.mask import masked
from devloop.render.renderer import Renderer
from devloop.render.words import duration
from devloop.terminal.attention import Attention
from runcmd.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from runcmd.events import Event, ExecutionCreated, Outcome, RunFinished

SUBJECT = "stigmer"
ENDED_BY_USER = (EXIT_INTERRUPTED, EXIT_TERMINATED)


class Verdicts:
    """Says how runs end. No error's text: it is on the screen, and may be about anything."""

    def __init__(self, attention: Attention) -> None:
        self._attention = attention

    def show(self, event: Event, target: str = "") -> None:
        """An event of a run; `target` is what runs, if the event does not know it."""
        match event:
            case ExecutionCreated():
                self._title(f"running {event.name}")
            case RunFinished():
                self._finished(event, event.name or target or "the run")
            case _:
                pass

    def emit(self, event: LoopEvent) -> None:
        """An event of the loop itself."""
        match event:
            case RunStarted():
                self._title(f"run {event.run} {event.target}".rstrip())
            case EditBroken():
                what = event.target or "the project"
                self._title(f"✗ {what} is broken")
                self._notify(f"{what} is broken")
            case TargetMissing():
                self._title(f"✗ {event.name} is not declared")
                self._notify(f"{event.name} is not declared any more")
            case _:
                pass

    def give_back(self) -> None:
        """The terminal is the shell's."""
        self.release()

    def release(self) -> None:
        """The terminal is the shell's."""
        self._attention.release()

    def resume(self) -> None:
        """We were stopped, and go on."""
        self._attention.resume()

    def _finished(self, event: RunFinished, name: str) -> None:
        took = f" ({duration(event.seconds)})" if event.seconds is not None else ""
        match event.outcome:
            case Outcome.SUCCEEDED:
                self._title(f"✓ {name} succeeded{took}")
                self._notify(f"{name} succeeded{took}")
            case Outcome.FAILED | Outcome.ERROR if event.exit_code not in ENDED_BY_USER:
                self._title(f"✗ {name} failed{took}")
                self._notify(f"{name} failed{took}")
            case Outcome.CANCELLED if event.exit_code not in ENDED_BY_USER:  # --timeout, or somebody else
                self._title(f"✗ {name} cancelled{took}")
                self._notify(f"{name} was cancelled{took}")
            case _:
                pass  # whoever ended it is here

    def _title(self, text: str) -> None:
        self._attention.title(masked(text))

    def _notify(self, text: str) -> None:
        self._attention.notify(SUBJECT, masked(text))


class NotifyingRenderer:
    """Shows a run as another renderer does, and how it ends."""

    def __init__(self, renderer: Renderer, verdicts: Verdicts) -> None:
        self._renderer = renderer
        self._verdicts = verdicts

    def show(self, event: Event) -> None:
        self._renderer.show(event)
        self._verdicts.show(event)

    def close(self) -> None:
        self._renderer.close()
