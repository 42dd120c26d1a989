"""What an agent did and said in one turn, as text that can be compared."""

from __future__ import annotations

from runcmd.events import (
    CallState,
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Outcome,
    Role,
    RunFinished,
    ToolCallChanged,
)


class AnswerText:
    """Its messages and tool calls, in their order."""

    def __init__(self) -> None:
        self.complete = False  # the answer came to its end
        self._parts: dict[str, str] = {}

    def hear(self, event: Event) -> None:
        """An event of the turn."""
        match event:
            case MessageStarted(role=Role.AI) | MessageReplaced(role=Role.AI):
                self._parts[f"message {event.index}"] = event.text
            case MessageGrew(role=Role.AI):
                part = f"message {event.index}"
                self._parts[part] = self._parts.get(part, "") + event.more
            case ToolCallChanged():
                failed = event.state is CallState.FAILED
                how = f" failed: {event.error}" if failed else f" = {event.result}" if event.result else ""
                self._parts[f"call {event.call}"] = f"{event.name} {event.arguments}{how}"
            case RunFinished():
                self.complete = event.outcome is Outcome.SUCCEEDED
            case _:
                pass

    @property
    def text(self) -> str:
        """A line for each call, and the messages."""
        return "\n".join(part.rstrip() for part in self._parts.values() if part.strip())
