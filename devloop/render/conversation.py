"""A conversation that was: on the screen, as Markdown, or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from devloop.render import words
from devloop.render.messages import MessageWriter
from devloop.render.talk import TalkRenderer
from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import safe_json
from runcmd.events import Phase, Role
from runcmd.follow.news import news
from runcmd.follow.view import View
from runcmd.frozen import Frozen
from runcmd.sessions import PastTurn
from runcmd.turns import WholeTurn

FENCE = re.compile(r"^(`{3,})", re.MULTILINE)
SHORT = 240  # characters of a message or an answer that is only recalled


class ToldConversation(Frozen):
    """All of it."""

    session: str
    agent: str  # its name
    forked_from: str  # the id of another session; empty: it was not forked
    turns: Sequence[WholeTurn]


def show_conversation(out: Terminal, err: Terminal, told: ToldConversation, *, pretty: bool) -> None:
    """As it stood on the screen; `pretty`: Markdown is laid out."""
    writer = _writer(pretty=pretty)
    origin = f", which goes on from {told.forked_from}" if told.forked_from else ""
    out.line(f"{told.session}: a conversation with {told.agent or 'an agent that was deleted'}{origin}")
    for turn in told.turns:
        out.line()
        if turn.past.undone:
            out.line("(undone: the agent does not remember this turn)", Style.DIM)
        renderer = TalkRenderer(out, err, typed=False, writer=writer)
        for event in news(View(execution=turn.view.execution, kind=turn.view.kind), turn.view):
            renderer.show(event)
        renderer.close()
        if word := _how_it_ended(turn.past):
            out.line(word, Style.WARN)
    if not told.turns:
        out.line("Nothing was said in it.")
    out.flush()


def _writer(*, pretty: bool) -> type[MessageWriter]:
    if not pretty:
        return MessageWriter
    from devloop.render.live.messages import MarkdownWriter

    return MarkdownWriter


def recall(out: Terminal, turns: Sequence[PastTurn], masked: Callable[[str], str]) -> None:
    """What was said last, in short."""
    for each in turns:
        for role, text in ((Role.HUMAN, each.message), (Role.AI, each.answer)):
            icon, name = words.ROLES[role]
            if text:
                out.line(f"{out.icon(icon)}{name}: {words.one_line(masked(text), SHORT)}", Style.DIM)
        if word := _how_it_ended(each):
            out.line(word, Style.DIM)
        out.line()


def answers(told: ToldConversation) -> list[str]:
    """What the agent said at the end of each turn that it remembers."""
    return [each.past.answer for each in told.turns if each.past.answer and not each.past.undone]


def markdown(told: ToldConversation) -> str:
    """For people; without what was undone."""
    parts = [f"# A conversation with {told.agent}", f"Session {told.session}"]
    for turn in told.turns:
        if turn.past.undone:
            continue
        parts += _turn_in_markdown(turn, told.agent)
        if word := _how_it_ended(turn.past):
            parts.append(f"*{word}*")
    return "\n\n".join(parts) + "\n"


def _turn_in_markdown(turn: WholeTurn, agent: str) -> list[str]:
    parts: list[str] = []
    said = turn.view.messages
    if turn.view.prompt and (not said or said[0].role is not Role.HUMAN):
        parts += ["## You", turn.view.prompt]
    for message in said:
        if message.role is Role.HUMAN:
            parts.append("## You")
        elif message.role is Role.AI and "## " + agent not in parts:
            parts.append(f"## {agent}")
        if message.text.strip() and message.role in (Role.HUMAN, Role.AI):
            parts.append(message.text.strip())
        for call in message.calls:
            if call in turn.view.calls:
                parts.append(_call_in_markdown(turn.view, call))
    return parts


def _call_in_markdown(view: View, call: str) -> str:
    made = view.calls[call]
    text = "\n".join(filter(None, (made.arguments, made.error or made.result)))
    longest = max((len(each) for each in FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{made.name} [{words.state_word(made.state.value)}]\n\n{fence}\n{text}\n{fence}"


def as_json(told: ToldConversation) -> dict[str, Any]:
    """For programs; what was undone is marked."""
    return {
        "session": told.session,
        "agent": told.agent,
        "forked_from": told.forked_from,
        "turns": [
            {
                "execution": turn.past.execution,
                "at": turn.past.at,
                "phase": turn.past.phase.value,
                "error": turn.past.error,
                "undone": turn.past.undone,
                "inherited": turn.past.inherited,
                "message": turn.view.prompt,
                "answer": turn.past.answer,
                "messages": [_message(turn.view, index) for index in range(len(turn.view.messages))],
            }
            for turn in told.turns
        ],
    }


def json_text(told: ToldConversation) -> str:
    """Of several lines."""
    return json.dumps(as_json(told), ensure_ascii=False, indent=1) + "\n"


def json_record(told: ToldConversation) -> str:
    """On one line."""
    return safe_json(json.dumps(as_json(told), ensure_ascii=False))


def _message(view: View, index: int) -> dict[str, Any]:
    message = view.messages[index]
    calls = [(call, view.calls[call]) for call in message.calls if call in view.calls]
    return {
        "role": message.role.value,
        "text": message.text,
        "calls": [
            {
                "call": call,
                "name": made.name,
                "state": made.state.value,
                "arguments": made.arguments,
                "result": made.result,
                "error": made.error,
            }
            for call, made in calls
        ],
    }


def _how_it_ended(past: PastTurn) -> str:
    """Nothing if it went well."""
    if past.phase is Phase.CANCELLED:
        return "(cancelled)"
    if past.phase is Phase.FAILED:
        return f"(failed: {words.one_line(past.error or 'it did not say why')})"
    return "" if past.phase is Phase.COMPLETED else "(not over)"
