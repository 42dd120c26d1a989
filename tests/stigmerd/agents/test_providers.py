"""Which model is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmerd.agents.models.layers import Layer, layer_of_file, layer_of_variables
from stigmerd.agents.models.providers import ModelChoice, NoModel, choose
from stigmerd.agents.problems import AgentProblem

NOTHING = layer_of_variables({})


async def nobody(_: str) -> None:
    return None


async def chosen(*layers: Layer, wanted: str = "", script: str = "") -> ModelChoice:
    return await choose(wanted, script, layers, nobody)


def config(tmp_path: Path, text: str) -> Layer:
    file = tmp_path / "config.yaml"
    file.write_text(f"backend:\n  local:\n    llm: {text}\n")
    return layer_of_file(file)


async def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, "{provider: ollama, model: a:7b, base_url: 'http://there:1'}")
    assert await chosen(NOTHING, file) == ModelChoice(
        provider="ollama", name="a:7b", base_url="http://there:1"
    )
    over = layer_of_variables({"STIGMER_LLM_PROVIDER": "anthropic", "ANTHROPIC_API_KEY": "k"})
    # The file's model and address are those of another provider.
    assert await chosen(over, file) == ModelChoice(
        provider="anthropic", name="claude-sonnet-4-5", api_key="k"
    )
    model = layer_of_variables({"STIGMER_LLM_MODEL": "b:1b"})
    assert (await chosen(model, file)).name == "b:1b"


async def test_a_wanted_model_wins(tmp_path: Path) -> None:
    file = config(tmp_path, "{provider: ollama, model: a:7b}")
    keys = layer_of_variables({"OPENAI_API_KEY": "o", "ANTHROPIC_API_KEY": "a"})
    assert (await chosen(keys, file, wanted="c:3b")).provider == "ollama"
    with pytest.raises(NoModel, match='a model of Ollama is written "ollama:c:3b"'):
        await chosen(keys, wanted="c:3b")
    with pytest.raises(NoModel, match=r'"antropic:x" names no provider .*did you mean "anthropic"'):
        await chosen(keys, file, wanted="antropic:x")
    openai = await chosen(keys, file, wanted="openai:gpt-9")
    assert (openai.provider, openai.name, openai.api_key) == ("openai", "gpt-9", "o")
    assert (await chosen(keys, wanted="gpt-9")).provider == "openai"
    claude = await chosen(keys, wanted="claude-sonnet-4.5")
    assert (claude.provider, claude.name, claude.api_key) == ("anthropic", "claude-sonnet-4-5", "a")


async def test_a_key_of_the_wanted_provider_is_found_where_another_one_is_set() -> None:
    shell = layer_of_variables(
        {"STIGMER_LLM_PROVIDER": "openai", "STIGMER_LLM_MODEL": "gpt-1", "ANTHROPIC_API_KEY": "a"}
    )
    claude = await chosen(shell, wanted="anthropic:")
    assert (claude.provider, claude.name, claude.api_key) == ("anthropic", "claude-sonnet-4-5", "a")


async def test_an_agent_s_script_is_used_when_no_provider_is_chosen(tmp_path: Path) -> None:
    assert (await chosen(NOTHING, script="- say: x")).provider == "scripted"
    keys = layer_of_variables({"ANTHROPIC_API_KEY": "a"})
    assert (await chosen(keys, script="- say: x")).provider == "scripted"
    file = config(tmp_path, "{provider: anthropic, api_key: k}")
    assert (await chosen(NOTHING, file, script="- say: x")).script == "- say: x"
    assert (await chosen(NOTHING, file, script="- say: x", wanted="anthropic:")).provider == "anthropic"


async def test_a_script_file(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text("- say: from a file")
    file = config(tmp_path, "{provider: scripted, script: demo.yaml}")
    assert (await chosen(file)).script == "- say: from a file"
    gone = layer_of_variables({"STIGMER_LLM_PROVIDER": "scripted", "STIGMER_LLM_SCRIPT": "/no/where"})
    with pytest.raises(NoModel, match="cannot read the script /no/where"):
        await chosen(gone)


async def test_keys_alone_choose_a_provider() -> None:
    assert (await chosen(layer_of_variables({"OPENAI_API_KEY": "o"}))).provider == "openai"
    assert (await chosen(layer_of_variables({"STIGMER_LLM_BASE_URL": "http://x"}))).provider == "openai"
    with pytest.raises(NoModel, match="needs an API key: set ANTHROPIC_API_KEY"):
        await chosen(layer_of_variables({"STIGMER_LLM_PROVIDER": "anthropic"}))


async def test_a_running_ollama_is_found() -> None:
    async def running(_: str) -> list[str]:
        return ["tiny:1b", "other:2b"]

    async def empty(_: str) -> list[str]:
        return []

    assert (await choose("", "", [NOTHING], running)).name == "tiny:1b"
    with pytest.raises(NoModel, match="ollama pull"):
        await choose("", "", [NOTHING], empty)
    with pytest.raises(NoModel) as caught:
        await chosen(NOTHING)
    for way in ("ANTHROPIC_API_KEY", "STIGMER_LLM_BASE_URL", "ollama serve", "scripted", "config.yaml"):
        assert way in str(caught.value)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("a: [")
    with pytest.raises(AgentProblem, match=r"config\.yaml:1:5: "):
        layer_of_file(file)
    file.write_text("backend: local")
    assert layer_of_file(file) == Layer()
    assert layer_of_file(tmp_path / "none") == Layer()


def test_keys_are_not_shown() -> None:
    layer = layer_of_variables({"STIGMER_LLM_API_KEY": "secret", "OPENAI_API_KEY": "secret"})
    assert "secret" not in repr(layer) + repr(ModelChoice(provider="openai", api_key="secret"))
