"""A key goes where its own place says: with every pair of places that say the key and the address."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from stigmer_api.model_providers import KNOWN, PROVIDERS
from stigmerd.agents.models.layers import Layer, layer_of_file, layer_of_variables
from stigmerd.agents.models.providers import ModelChoice, NoModel, choose

PLACES = ("variables", "shell", "file")
ELSEWHERE = "http://elsewhere:9"
# Whose key and address can be set by variables of their own, beside ours.
WITH_ADDRESS = [each for each in KNOWN.values() if each.keys and each.urls and each.name != "google-cloud"]


async def nobody(_: str) -> None:
    return None


def layers(tmp_path: Path, said: dict[str, dict[str, str]]) -> list[Layer]:
    """`said`: by place, settings called as in the file."""
    found = []
    for place in PLACES:
        settings = said.get(place, {})
        if place == "file":
            lines = "".join(f"      {name}: {value}\n" for name, value in settings.items())
            (tmp_path / "config.yaml").write_text(f"backend:\n  local:\n    llm:\n{lines}")
            found.append(layer_of_file(tmp_path / "config.yaml"))
        else:
            names = {f"STIGMER_LLM_{name.upper()}": value for name, value in settings.items()}
            found.append(layer_of_variables(names, f"of the {place}"))
    return found


@pytest.mark.parametrize(("key_in", "url_in"), list(itertools.product(PLACES, PLACES)))
async def test_a_key_and_an_address(tmp_path: Path, key_in: str, url_in: str) -> None:
    said: dict[str, dict[str, str]] = {place: {} for place in PLACES}
    said[key_in] |= {"provider": "openai", "api_key": "k"}
    said[url_in] |= {"provider": "openai", "base_url": ELSEWHERE}
    choice = await choose("openai:gpt-x", "", layers(tmp_path, said), nobody)
    assert choice.base_url == ELSEWHERE
    assert choice.api_key == ("k" if key_in == url_in else "")
    if key_in != url_in:
        assert "is for another address and is not sent to this one: set OPENAI_API_KEY" in choice.key_kept
        assert choice.address_from in choice.key_kept


@pytest.mark.parametrize(("key_in", "url_in"), list(itertools.product(PLACES, PLACES)))
async def test_the_provider_s_own_address_is_not_another_one(
    tmp_path: Path, key_in: str, url_in: str
) -> None:
    said: dict[str, dict[str, str]] = {place: {} for place in PLACES}
    said[key_in] |= {"provider": "openai", "api_key": "k"}
    said[url_in] |= {"provider": "openai", "base_url": "https://API.openai.com:443/v1/"}
    choice = await choose("openai:gpt-x", "", layers(tmp_path, said), nobody)
    assert choice.api_key == "k"


async def test_a_key_for_an_address_of_one_s_own_does_not_go_to_the_usual_one() -> None:
    run = layer_of_variables({"OPENAI_BASE_URL": "https://api.openai.com/v1"})
    shell = layer_of_variables({"STIGMER_LLM_BASE_URL": ELSEWHERE, "STIGMER_LLM_API_KEY": "local"})
    choice = await choose("openai:gpt-x", "", [run, shell], nobody)
    assert (choice.base_url, choice.api_key) == ("https://api.openai.com/v1", "")


@pytest.mark.parametrize("known", WITH_ADDRESS, ids=lambda known: str(known.name))
async def test_variables_of_a_provider(known: object) -> None:
    for key, url in itertools.product(known.keys, known.urls):  # type: ignore[attr-defined]
        more = {"AWS_REGION": "eu-central-1"}
        wanted = f"{known.name}:m"  # type: ignore[attr-defined]
        together = layer_of_variables({key: "k", url: ELSEWHERE, **more})
        choice = await choose(wanted, "", [together], nobody)
        assert (choice.base_url, choice.api_key) == (ELSEWHERE, "k")
        try:
            apart = [layer_of_variables({url: ELSEWHERE, **more}), layer_of_variables({key: "k"})]
            assert (await choose(wanted, "", apart, nobody)).api_key == ""
        except NoModel as error:
            assert f"{key} is for another address" in str(error)


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in {"scripted", "bedrock", "local"}])
async def test_an_address_without_a_provider_gets_no_key_of_another_one(name: str) -> None:
    known = KNOWN[name]
    shell = layer_of_variables({"STIGMER_LLM_BASE_URL": ELSEWHERE, known.keys[0]: "k"})
    try:
        choice = await choose(f"{name}:m", "", [shell], nobody)
    except NoModel:
        return
    meant = known.family == "openai" or known.keyless
    assert (choice.base_url == ELSEWHERE) == meant


async def test_credentials_are_of_one_place() -> None:
    run = layer_of_variables({"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "run"})
    shell = layer_of_variables({"AWS_ACCESS_KEY_ID": "shell", "AWS_SECRET_ACCESS_KEY": "s"})
    choice = await choose("bedrock:m", "", [run, shell], nobody)
    assert choice.more == {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "run"}
    endpoint = layer_of_variables({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": ELSEWHERE, "AWS_REGION": "x"})
    elsewhere = await choose("bedrock:m", "", [endpoint, shell], nobody)
    assert elsewhere.more == {"AWS_REGION": "x"}


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("gpu-box", "http://gpu-box:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("https://gpu.example/ollama", "https://gpu.example/ollama"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
async def test_what_ollama_calls_its_host(said: str, url: str) -> None:
    choice = await choose("ollama:m", "", [layer_of_variables({"OLLAMA_HOST": said})], nobody)
    assert choice.base_url == url


async def test_a_named_prefix_names_the_provider_whatever_key_exists() -> None:
    shell = layer_of_variables({"ANTHROPIC_API_KEY": "a", "OPENAI_API_KEY": "o", "GROQ_API_KEY": "g"})
    for name, key in (("openai:gpt-5", "o"), ("anthropic:claude-x", "a"), ("groq:gpt-5", "g")):
        choice = await choose(name, "", [shell], nobody)
        assert (f"{choice.provider}:{choice.name}", choice.api_key) == (name, key)
    with pytest.raises(NoModel, match="the provider mistral needs an API key: set MISTRAL_API_KEY"):
        await choose("mistral:m", "", [shell], nobody)
    named = layer_of_variables({"STIGMER_LLM_MODEL": "groq:llama", "GROQ_API_KEY": "g"})
    assert await choose("", "", [named], nobody) == ModelChoice(provider="groq", name="llama", api_key="g")
    responses = await choose("openai-responses:gpt-5", "", [shell], nobody)
    assert (responses.provider, responses.api_key) == ("openai-responses", "o")
