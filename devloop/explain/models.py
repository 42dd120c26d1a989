"""Errors of how an agent names its model, and how that one answers."""

from __future__ import annotations

from typing import Final

from devloop.explain.page import ErrorPage

PAGES: Final = (
    ErrorPage(
        "E1240",
        "There is no such provider of models",
        "A model is written provider:name, and the word before the colon is none that is known. The names of "
        "Ollama's models have a colon of their own.",
        "Choose one of those that the message lists (docs/models.md has them all); a model of Ollama is "
        "ollama:llama3.2:1b.",
        "$ stigmer run reviewer -e STIGMER_LLM_PROVIDER=antropic\n"
        "Error: no provider 'antropic' (did you mean \"anthropic\"?): there are anthropic, openai, …",
    ),
    ErrorPage(
        "E1241",
        "Nobody said where the provider is",
        "Azure has an address for each customer, Amazon Bedrock a region; there is no usual one.",
        "Set the variable that the message names, with -e for one run or in your shell.",
        "$ stigmer run reviewer --model azure:gpt-4.1\n"
        "Error: the provider azure needs an address: set AZURE_OPENAI_ENDPOINT",
    ),
    ErrorPage(
        "E1242",
        "A model has no such setting, or the setting cannot have that value",
        "The settings of an agent or a sub-agent are those of ModelSettings(…). In a manifest they are JSON"
        " in an annotation, which nobody has checked before.",
        "Correct the name or the value that the message names.",
        "$ stigmer run reviewer -f reviewer.yaml\n"
        'Error: the agent "reviewer": models have no setting "temprature" (did you mean "temperature"?)',
    ),
    ErrorPage(
        "E1243",
        "An agent's manifest names its model in a way that nobody can read",
        "In the annotation, `model` is a text or an object with a `script`, and `fallback` a list of them.",
        'Write it as "provider:name".',
        "$ stigmer run reviewer -f reviewer.yaml\n"
        'Error: the agent "reviewer": the option model must be "provider:name" or a script, not 7',
    ),
)
