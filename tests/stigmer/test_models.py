"""The model that an agent declares, as its manifest has it; and the example of docs/models.md."""

from __future__ import annotations

import json
import re

from stigmer import ModelSettings
from stigmer.models import model_options
from tests.stigmer.programs import Declare
from tests.support.paths import ROOT


def options(agent: object) -> dict[str, object]:
    annotations = agent.metadata.annotations  # type: ignore[attr-defined]
    return json.loads(annotations["devloop.stigmer.ai/options"])  # type: ignore[no-any-return]


def test_the_example_of_the_page(declare: Declare) -> None:
    page = (ROOT / "docs" / "models.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    agent = declare(program).agent
    assert options(agent) == {
        "model": "anthropic:claude-sonnet-4-5",
        "settings": {"max_tokens": 2000, "temperature": 0.2},
        "fallback": ["openai:gpt-5-mini", "ollama:qwen2.5-coder:7b"],
        "sub_agents": {"translator": {"model": "mistral:mistral-large-latest"}},
    }


def test_what_is_said_and_nothing_else() -> None:
    assert model_options(None, None, ()) == {}
    assert model_options("gpt-5", ModelSettings(), ()) == {"model": "gpt-5"}
    settings = ModelSettings(stop=("END",), thinking=False, cache="1h")
    assert model_options(None, settings, ())["settings"] == {
        "stop": ["END"],
        "thinking": False,
        "cache": "1h",
    }
    assert repr(settings) == "ModelSettings(stop=['END'], thinking=False, cache='1h')"
