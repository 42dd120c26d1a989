"""What `--model` chose arrives at the agent that it was chosen for."""

from __future__ import annotations

import pytest

from stigmer_api.chosen_models import ChosenModel, chosen_for, encoded


def test_for_one_agent_or_for_all() -> None:
    text = encoded({"": ChosenModel("openai:a"), "host": ChosenModel("scripted:", "- say: é\n")})
    assert chosen_for(text, "host", "The host") == ChosenModel("scripted:", "- say: é\n")
    assert chosen_for(text, "other") == ChosenModel("openai:a")
    assert chosen_for(encoded({"host": ChosenModel("openai:a")}), "other") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"": 1}', '{"": []}', "null", "[" * 100_000])
def test_what_somebody_else_wrote_is_nothing(text: str) -> None:
    assert chosen_for(text, "host") is None
