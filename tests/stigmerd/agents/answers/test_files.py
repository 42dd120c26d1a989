"""Images and files that a model gives: told in words, and an answer of their own."""

from __future__ import annotations

from pydantic_ai.messages import (
    BinaryContent,
    FilePart,
    ModelRequest,
    ModelResponse,
    TextPart,
    UserPromptPart,
)

from stigmer_api.masking import masker_of
from stigmerd.agents.answers.beside import beside
from stigmerd.agents.answers.settle import Judge
from stigmerd.agents.asked import parts_of
from stigmerd.agents.reporter import AgentReporter

IMAGE = FilePart(content=BinaryContent(data=b"\x89PNG" * 500, media_type="image/png"))
WORDS = "(image/png, 2,000 bytes)"


def judged(response: ModelResponse) -> str | None:
    judge = Judge(reporter=AgentReporter("aex-1", lambda _: None), masker=masker_of([]), model="painter")
    return judge.settled(response, None, "")


def test_an_image_is_shown_with_the_text_and_alone() -> None:
    assert beside(ModelResponse(parts=[TextPart("Here:"), IMAGE])) == f"\n{WORDS}"
    assert beside(ModelResponse(parts=[IMAGE, IMAGE])) == f"{WORDS}\n{WORDS}"
    assert beside(ModelResponse(parts=[TextPart("Hello.")])) == ""


def test_an_image_alone_is_an_answer() -> None:
    assert judged(ModelResponse(parts=[IMAGE], finish_reason="stop")) == WORDS
    assert judged(ModelResponse(parts=[TextPart("Here:"), IMAGE], finish_reason="stop")) is None


def test_what_a_model_is_told_again_names_it() -> None:
    sent = ModelRequest(parts=[UserPromptPart(content=["Look:", IMAGE.content])])
    assert [text for _, text in parts_of(sent)] == [f"Look:\n{WORDS}"]
    assert [text for _, text in parts_of(ModelResponse(parts=[IMAGE]))] == [WORDS]
