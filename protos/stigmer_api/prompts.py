"""A prompt of an MCP server that begins a turn of an agent: it goes beside the message, as its files do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stigmer_api.attachments import PROMPT, Attachment

LIST: Final = "list"  # in place of SERVER/NAME: which prompts there are


class WantedPrompt(NamedTuple):
    """`server` is empty if only a list of all prompts is wanted."""

    server: str
    name: str
    arguments: Mapping[str, str]

    @property
    def path(self) -> str:
        """As it is typed."""
        return f"{self.server}/{self.name}" if self.server else LIST

    @property
    def message(self) -> str:
        """What stands for it until the server has said what the message is."""
        if not self.server:
            return "/prompt"
        return "/" + shlex.join([self.path, *(f"{name}={value}" for name, value in self.arguments.items())])


def parsed(path: str, arguments: Sequence[str]) -> WantedPrompt:
    """Of `SERVER/NAME`, or `list`, and any `KEY=VALUE`. Raises ValueError, with a sentence."""
    server, slash, name = path.partition("/")
    if path == LIST:
        server = name = ""
    elif not slash or not server or not name:
        raise ValueError(f'"{path}" is not SERVER/NAME')
    said: dict[str, str] = {}
    for each in arguments:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise ValueError(f'"{each}" is not KEY=VALUE')
        said[key] = value
    if said and not server:
        raise ValueError(f"{LIST} takes no arguments")
    return WantedPrompt(server, name, said)


def beside(prompt: WantedPrompt, *, alone: bool) -> Attachment:
    """As it goes to the backend. `alone`: the message only stands for it, and nothing else was said."""
    said = {"server": prompt.server, "name": prompt.name, "arguments": dict(prompt.arguments), "alone": alone}
    return Attachment(prompt.path, PROMPT, json.dumps(said).encode())


def prompt_in(attachment: Attachment) -> tuple[WantedPrompt, bool]:
    """What `beside` was given. Raises ValueError, with a sentence."""
    try:
        said = json.loads(attachment.data)
        server, name, arguments, alone = (said[key] for key in ("server", "name", "arguments", "alone"))
        texts = [server, name, *arguments, *arguments.values()]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        texts = [None]
    if not all(isinstance(each, str) for each in texts):
        raise ValueError("the prompt beside the message is not a server, a name and arguments")
    return WantedPrompt(server, name, arguments), alone is True
