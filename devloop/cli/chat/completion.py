"""The Tab key: commands, and the names of files where one is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from devloop.cli.chat.model import DEFAULT
from stigmer_api.model_providers import PROVIDERS

TAKES_A_MODEL = "/model "
TAKES_A_FILE = "/save "


class CommandCompleter(Completer):
    """Completes the first word of a line that begins with `/`."""

    def __init__(self, commands: Sequence[str]) -> None:
        """`commands` with their `/`."""
        self._commands = sorted(commands)
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith(TAKES_A_FILE):
            path = text.removeprefix(TAKES_A_FILE).lstrip()
            yield from self._paths.get_completions(Document(path, len(path)), complete_event)
        elif text.startswith(TAKES_A_MODEL):
            begun = text.removeprefix(TAKES_A_MODEL).lstrip()
            for each in (*(f"{provider}:" for provider in PROVIDERS), DEFAULT):
                if each.startswith(begun):
                    yield Completion(each, start_position=-len(begun))
        elif text.startswith("/") and not text.startswith("//") and " " not in text:
            for each in self._commands:
                if each.startswith(text):
                    yield Completion(f"{each} ", start_position=-len(text))
