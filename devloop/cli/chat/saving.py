"""`/save FILE`: the conversation as Markdown, or as JSON if the file's name says so."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from devloop.cli.chat.chat import Chat
from devloop.cli.here import placed
from devloop.cli.sessions import told
from devloop.render.conversation import json_text, markdown
from runcmd.errors import UsageError


async def save(chat: Chat, rest: str) -> None:
    """Writes the file whole, or not at all. One of somebody else stays."""
    name = rest.strip()
    if not name:
        raise UsageError(
            "/save needs the name of a file", code="E0140", hint="write /save talk.md, or talk.json for JSON"
        )
    if not chat.talk.session:
        raise UsageError("nothing was said yet", code="E0140", hint="type a message first")
    file = placed(Path(name).expanduser())
    if file.exists() and file not in chat.saved:
        raise UsageError(
            f"{name} is there already, and this conversation did not write it",
            code="E0140",
            hint="give another name, or remove it first",
        )
    conversation = await told(chat.talk.session, chat.deployed.backend, chat.talk.executions)
    text = json_text(conversation) if file.suffix.lower() == ".json" else markdown(conversation)
    try:
        _write(file, chat.screen.masked(text))
    except OSError as error:
        raise UsageError(
            f"cannot write {name}: {error.strerror}", code="E0140", hint="give the name of another file"
        ) from error
    chat.saved.add(file)
    turns = len(conversation.turns)
    chat.screen.say(f"saved {turns} turn{'' if turns == 1 else 's'} in {name}")


def _write(file: Path, text: str) -> None:
    """Only its owner can read it: what is said to an agent is nobody else's affair."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as new:
        try:
            new.write(text)
            new.close()
            os.replace(new.name, file)  # noqa: PTH105  # both are paths of one folder
        except BaseException:
            with suppress(OSError):
                Path(new.name).unlink()
            raise
