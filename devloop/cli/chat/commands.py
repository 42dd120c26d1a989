"""What a line that begins with `/` does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from devloop.cli.chat.chat import Chat, LeaveError
from devloop.cli.chat.model import model
from devloop.cli.chat.prompts import prompt
from devloop.cli.chat.rewind import edit, fork, undo
from devloop.cli.chat.saving import save
from runcmd.errors import UsageError
from runcmd.frozen import Frozen
from runcmd.resolve import did_you_mean


class ChatCommand(Frozen):
    """One of them."""

    name: str
    takes: str  # what follows it, as its help says
    help: str
    perform: Callable[[Chat, str], Awaitable[None]]

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.takes}".rstrip()


async def perform(chat: Chat, line: str) -> None:
    """Raises RunError, or LeaveError."""
    word, _, rest = line.removeprefix("/").partition(" ")
    command = COMMANDS.get(word)
    if command is None and "/" in word:
        await prompt(chat, line.removeprefix("/"))  # as its message stands in a conversation
        return
    if command is None:
        near = did_you_mean(word, COMMANDS)
        raise UsageError(
            f"there is no command /{word}",
            code="E0140",
            hint=near.replace('"', "/", 1).replace('"', "") if near else "see /help; // sends a /",
        )
    if rest.strip() and not command.takes:
        raise UsageError(f"/{command.name} takes nothing", code="E0140", hint=f"write: {command.usage}")
    await command.perform(chat, rest.strip())


async def _new(chat: Chat, _rest: str) -> None:
    chat.talk.go_on_in("")
    chat.screen.say("a new conversation: the agent knows nothing of what was said")


async def _exit(_chat: Chat, _rest: str) -> None:
    raise LeaveError


async def _help(chat: Chat, _rest: str) -> None:
    width = max(len(each.usage) for each in COMMANDS.values())
    commands = [f"{each.usage:{width}}  {each.help}" for each in COMMANDS.values()]
    keys = [f"{key:{width}}  {what}" for key, what in KEYS]
    chat.screen.lines("\n".join([*commands, f"{'//…':{width}}  a message that begins with /", *keys]))


KEYS = (
    ("Enter", "sends the message; Alt-Enter (or Esc, Enter) begins a new line"),
    ("Up, Down", "earlier messages; Ctrl-R searches them"),
    ("Ctrl-C", "interrupts the answer, or clears the line"),
    ("Ctrl-D", "leaves"),
)
COMMANDS = {
    each.name: each
    for each in (
        ChatCommand(name="new", takes="", help="begins a new conversation", perform=_new),
        ChatCommand(name="undo", takes="", help="makes the agent forget the last turn", perform=undo),
        ChatCommand(
            name="edit",
            takes="[N]",
            help="your Nth message again, to change it and go on from there; without N, lists them",
            perform=edit,
        ),
        ChatCommand(name="fork", takes="", help="goes on in a copy of the conversation", perform=fork),
        ChatCommand(
            name="model",
            takes="[PROVIDER:NAME]",
            help="another model answers from now on; default takes it back",
            perform=model,
        ),
        ChatCommand(
            name="prompt",
            takes="[SERVER/NAME [KEY=VALUE…]]",
            help="asks what a prompt of an MCP server says; alone, lists them",
            perform=prompt,
        ),
        ChatCommand(name="save", takes="FILE", help="writes all of it: Markdown, or .json", perform=save),
        ChatCommand(name="help", takes="", help="shows this", perform=_help),
        ChatCommand(name="exit", takes="", help="leaves", perform=_exit),
    )
}
