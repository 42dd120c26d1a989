"""`/prompt`: the agent is asked what a prompt of one of its MCP servers says."""

from __future__ import annotations

from devloop.cli.chat.chat import Chat
from devloop.cli.input.prompts import prompt_in_line
from stigmer_api.prompts import beside


async def prompt(chat: Chat, rest: str) -> None:
    """Without words, shows which prompts there are. Raises UsageError."""
    wanted = prompt_in_line(rest)
    chat.say_next(wanted.message, beside(wanted, alone=True))
