"""`/undo`, `/fork` and `/edit`: go on from an earlier place of the conversation."""

from __future__ import annotations

from devloop.cli.chat.chat import Chat
from devloop.render.words import one_line
from runcmd.errors import UsageError
from runcmd.sessions import PastTurn, fork_session, session_history, undo_turns
from runcmd.turns import message_of, remembered

SHOWN = 60  # characters of a message


async def undo(chat: Chat, _rest: str) -> None:
    """Takes the last turn out of what the agent remembers."""
    undone = await undo_turns(chat.deployed.backend, _session(chat))
    for each in undone.turns:
        chat.screen.say(f"undone: {one_line(each.message, SHOWN)}")
    left = f"{undone.left} turn{'' if undone.left == 1 else 's'}"
    chat.screen.say(f"the agent remembers {left if undone.left else 'nothing'}")


async def fork(chat: Chat, _rest: str) -> None:
    """Goes on in a copy."""
    before = _session(chat)
    chat.talk.go_on_in(await fork_session(chat.deployed.backend, before))
    chat.screen.say(f"going on in a copy, {chat.talk.session}; what was said so far stays in {before}")


async def edit(chat: Chat, rest: str) -> None:
    """Puts an own message into the line again, and goes on from before it, in a copy."""
    session = _session(chat)
    turns = remembered((await session_history(chat.deployed.backend, session)).turns)
    if not turns:
        raise _nothing()
    if not rest:
        _list(chat, turns)
        return
    turn = turns[_number(rest, len(turns)) - 1]
    message = await message_of(chat.deployed.backend, turn)
    chat.talk.go_on_in(await fork_session(chat.deployed.backend, session, before=turn.execution))
    chat.offered = message
    chat.screen.say(f"going on from before this message; all that was said stays in {session}")


def _list(chat: Chat, turns: list[PastTurn]) -> None:
    for number, each in enumerate(turns, start=1):
        chat.screen.say(f"{number}: {one_line(each.message, SHOWN)}")
    chat.screen.say("/edit N puts one of them into the line again")


def _number(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= number <= most:
        raise UsageError(
            f"/edit {text}: there is no such message of yours",
            code="E0140",
            hint="write /edit 1" if most == 1 else f"write /edit with a number from 1 to {most}",
        )
    return number


def _session(chat: Chat) -> str:
    if not chat.talk.session:
        raise _nothing()
    return chat.talk.session


def _nothing() -> UsageError:
    return UsageError("nothing was said yet", code="E0140", hint="type a message first")
