"""What a model gives beside its text, in words: a refusal, an image, a file."""

from __future__ import annotations

from pydantic_ai.messages import ModelResponse

from stigmerd.agents.answers.in_words import in_words
from stigmerd.agents.answers.verdict import refusal_in


def beside(response: ModelResponse) -> str:
    """To be shown with the text; empty if there is nothing."""
    refusal = "" if response.text else refusal_in(response)
    lines = [refusal, *(in_words(each) for each in response.files)]
    found = "\n".join(filter(None, lines))
    return f"\n{found}" if found and response.text else found
