"""The older part of a conversation in the model's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    UserContent,
    UserPromptPart,
)

from stigmerd.agents.asked import parts_of
from stigmerd.agents.compaction.measure import BYTES_PER_TOKEN

INSTRUCTIONS: Final = (
    "You keep the memory of a conversation between a user and an assistant that no longer fits into "
    "the assistant's context. Write down all that the assistant needs to go on: what the user wants and "
    "said about themselves, what was decided, names, numbers, paths and identifiers exactly as they are, "
    "what tools were called for and what they brought, what failed, and what is still to do. Be complete "
    "and brief. Write only the notes."
)
BEGINS: Final = "Notes on the conversation so far, whose messages no longer fit:"
LEFT_OUT: Final = "The messages before these no longer fit and were left out."
TAKEN: Final = "I have read the notes and go on from there."
LONGEST_RESULT: Final = 4000  # characters of what a tool brought
MOST_TOKENS: Final = 4000  # of the summary


def request_for(messages: Sequence[ModelMessage], room: int) -> ModelRequest:
    """What the model is asked; `room` tokens of the conversation at most, the middle left out."""
    lines = [f"{_who(head)}: {_short(text)}" for message in messages for head, text in parts_of(message)]
    text = "\n\n".join(line for line in lines if line.strip())
    most = int(room * BYTES_PER_TOKEN / 2)
    if len(text.encode()) > most * 2:
        half = most // 2
        text = f"{text[:half]}\n\n[… {len(text) - 2 * half:,} characters left out …]\n\n{text[-half:]}"
    return ModelRequest(parts=[UserPromptPart(text)], instructions=INSTRUCTIONS)


def head_of(summary: str, question: UserPromptPart | None, *, then_user: bool) -> list[ModelMessage]:
    """The messages in place of those that went.

    Args:
        summary: empty if there is none.
        question: what is being answered, if that went, too.
        then_user: a message of the user follows: no model takes two of them one after the other.
    """
    notes = f"{BEGINS}\n\n{summary}" if summary else LEFT_OUT
    parts = [notes, *_content(question)]
    plain = "\n\n".join(part for part in parts if isinstance(part, str))
    content = plain if all(isinstance(part, str) for part in parts) else parts
    said: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart(content)])]
    return [*said, ModelResponse(parts=[TextPart(TAKEN)])] if then_user else said


def _content(question: UserPromptPart | None) -> list[UserContent]:
    if question is None:
        return []
    given = [question.content] if isinstance(question.content, str) else list(question.content)
    return ["What the user asks now:", *given]


def _who(head: dict[str, object]) -> str:
    name = head.get("name")
    return f"{head['role']} {name}" if name else str(head["role"])


def _short(text: str) -> str:
    if len(text) <= LONGEST_RESULT:
        return text
    half = LONGEST_RESULT // 2
    return f"{text[:half]}\n[… {len(text) - LONGEST_RESULT:,} characters …]\n{text[-half:]}"
