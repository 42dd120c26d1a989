"""Commands that a conversation has only while its code may change."""

from __future__ import annotations

from devloop.cli.chat import commands
from devloop.cli.chat.chat import Chat
from devloop.cli.chat.hot.chat import HotChat

NAMES = {
    "diff": "shows the last two answers to the last message; so does d alone in a line",
    "again": "asks the last message again, of the code as it is",
}


async def perform(chat: Chat, line: str) -> None:
    """Raises RunError, or LeaveError."""
    assert isinstance(chat, HotChat)
    word = line.removeprefix("/").strip()
    match word:
        case "diff":
            chat.compare()
        case "again":
            await chat.again()
        case "help":
            await commands.perform(chat, line)
            width = max(len(each.usage) for each in commands.COMMANDS.values())
            chat.screen.lines("\n".join(f"{f'/{name}':{width}}  {what}" for name, what in NAMES.items()))
        case _:
            await commands.perform(chat, line)
