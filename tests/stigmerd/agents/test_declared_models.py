"""What an agent declares of its model is what is asked: model, settings, fallback, also of its helpers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from stigmerd.agents.models import last_used
from stigmerd.executions.client_env import client_env_of
from tests.stigmerd.agents.notes import told as told_by
from tests.stigmerd.agents.stage import Stage, agent, scripted, texts
from tests.support.providers.answers import Call, Fail, Request
from tests.support.providers.server import FakeProvider, fake

NO_RETRY = {"x-should-retry": "false"}


def declaring(options: Mapping[str, object], made: Agent | None = None) -> Agent:
    made = made or agent()
    made.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(options)
    return made


def address(provider: FakeProvider) -> dict[str, str]:
    """The provider's own variables, and nothing of ours."""
    return {
        "openai": {"OPENAI_BASE_URL": f"{provider.url}/v1", "OPENAI_API_KEY": "k-openai"},
        "anthropic": {"ANTHROPIC_BASE_URL": provider.url, "ANTHROPIC_API_KEY": "k-anthropic"},
    }[provider.model.partition(":")[0]]


async def run(stage: Stage, made: Agent, shell: Mapping[str, str], **more: object) -> AgentExecution:
    execution_id = stage.add(made, **more)  # type: ignore[arg-type]
    stage.executions.secrets.set_client_env(execution_id, client_env_of(shell))
    await stage.host.run(execution_id)
    return stage.get(execution_id)


async def warnings(stage: Stage, execution: AgentExecution) -> list[str]:
    notes, _ = await told_by(stage, execution)
    return [note.warned.text for note in notes if note.HasField("warned")]


async def test_it_wins_over_shell_and_file_and_loses_against_a_flag(stage: Stage) -> None:
    with fake("openai") as openai, fake("anthropic", "Bonjour.") as anthropic:
        shell = {**address(openai), **address(anthropic), "STIGMER_LLM_PROVIDER": "openai"}
        made = declaring({"model": "anthropic:claude-x"})
        assert texts(await run(stage, made, shell))[-1] == "Bonjour."
        assert texts(await run(stage, made, {**shell, "STIGMER_LLM_MODEL": "gpt-x"}))[-1] == "Bonjour."
        flag = {"models": json.dumps({"": ["openai:gpt-flag", ""]})}
        assert texts(await run(stage, made, shell, annotations=flag))[-1] == "Hello."
        call = await run(stage, made, shell, model="openai:gpt-call")
        assert texts(call)[-1] == "Hello."
    assert [each.body["model"] for each in anthropic.requests] == ["claude-x"] * 2
    assert [each.body["model"] for each in openai.requests] == ["gpt-flag", "gpt-call"]
    assert {each.headers["authorization"] for each in anthropic.requests} == {"Bearer k-anthropic"}
    assert {each.headers["authorization"] for each in openai.requests} == {"Bearer k-openai"}


async def test_a_script_that_is_declared_wins_too(stage: Stage) -> None:
    with fake("openai") as provider:
        shell = {**address(provider), "STIGMER_LLM_PROVIDER": "openai"}
        assert texts(await run(stage, scripted("- say: mine"), shell))[-1] == "mine"
    assert not provider.requests


async def test_a_helper_has_its_own_model_or_its_agent_s(stage: Stage) -> None:
    asks = [Call("one", {"message": "a"}), Call("two", {"message": "b"})]
    with fake("openai", asks, "done") as openai, fake("anthropic", "Oui.") as anthropic:
        made = declaring(
            {
                "model": "openai:gpt-x",
                "settings": {"temperature": 0.5, "max_tokens": 50},
                "sub_agents": {
                    "one": {"model": "anthropic:claude-x", "settings": {"max_tokens": 7}},
                    "two": {"settings": {"max_tokens": 9}},
                    "three": {"model": {"script": "- say: scripted"}},
                },
            }
        )
        for name in ("one", "two", "three"):
            made.spec.sub_agents.add(name=name, instructions="You help, and say little.")
        # The helper `two` is the second who asks there, in whichever order they come.
        execution = await run(stage, made, {**address(openai), **address(anthropic)})
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    (claude,) = anthropic.requests
    assert (claude.body["model"], claude.body["max_tokens"]) == ("claude-x", 7)
    assert "temperature" not in claude.body
    said = [(each.body["temperature"], each.body["max_completion_tokens"]) for each in openai.requests]
    assert sorted(said) == [(0.5, 9), (0.5, 50), (0.5, 50)]


async def test_a_helper_may_have_a_script_of_its_own(stage: Stage) -> None:
    made = declaring({"sub_agents": {"three": {"model": {"script": "- say: 'mine: {{ message }}'"}}}})
    made.metadata.annotations["devloop.stigmer.ai/script"] = (
        "- call: {tool: three, args: {message: hi}}\n- say: '{{ result }}'"
    )
    made.spec.sub_agents.add(name="three", instructions="You help, and say little.")
    assert texts(await stage.run(made))[-1] == "mine: hi"


async def test_the_next_model_is_asked_where_one_fails(stage: Stage) -> None:
    with fake("openai", Fail(503, "overloaded", headers=NO_RETRY)) as openai, fake("anthropic") as anthropic:
        made = declaring({"model": "openai:gpt-x", "fallback": ["anthropic:claude-x"]})
        execution = await run(stage, made, {**address(openai), **address(anthropic)})
        assert texts(execution)[-1] == "Hello."
        warned = [
            note.warned.text for note in (await told_by(stage, execution))[0] if note.HasField("warned")
        ]
    assert len(warned) == 1
    assert "the provider of the model gpt-x failed (HTTP 503 from " in warned[0]
    assert warned[0].endswith("; claude-x is asked instead")
    assert "k-openai" not in warned[0]


async def test_when_all_fail_the_last_one_s_reason_is_told(stage: Stage) -> None:
    with fake("openai", Fail(503, headers=NO_RETRY)) as openai, fake("anthropic", Fail(401)) as anthropic:
        made = declaring({"model": "openai:gpt-x", "fallback": ["anthropic:claude-x"]})
        execution = await run(stage, made, {**address(openai), **address(anthropic)})
    assert "the provider does not accept the API key (HTTP 401" in execution.status.error
    assert "ANTHROPIC_API_KEY of the shell" in execution.status.error


async def test_settings_reach_the_provider_and_what_it_does_not_have_is_told(stage: Stage) -> None:
    settings = {"temperature": 0.5, "top_p": 0.9, "stop": ["END"], "seed": 7, "max_tokens": 100, "top_k": 3}
    with fake("openai") as openai, fake("anthropic") as anthropic:
        shell = {**address(openai), **address(anthropic)}
        made = declaring({"model": "openai:gpt-x", "settings": settings})
        first = await run(stage, made, shell, annotations={"temperature": "0.25"})
        made = declaring({"model": "anthropic:claude-x", "settings": settings})
        second = await run(stage, made, shell)
        told = [await warnings(stage, each) for each in (first, second)]
    sent = openai.requests[0].body
    assert (sent["temperature"], sent["top_p"], sent["stop"], sent["seed"]) == (0.25, 0.9, ["END"], 7)
    assert told[0] == ["the model gpt-x (openai) has no setting top_k: it answers without"]
    claude = anthropic.requests[0].body
    assert (claude["max_tokens"], claude["stop_sequences"], claude["top_k"]) == (100, ["END"], 3)
    assert told[1] == ["the model claude-x (anthropic) has no setting seed: it answers without"]


@pytest.mark.parametrize(("settings", "cached"), [({}, True), ({"cache": False}, False)])
async def test_claude_s_prompts_are_cached_unless_somebody_says_no(
    stage: Stage, settings: dict[str, object], cached: bool
) -> None:
    with fake("anthropic") as provider:
        made = declaring({"model": "anthropic:claude-x", "settings": settings})
        texts(await run(stage, made, address(provider)))
    assert ("cache_control" in json.dumps(provider.requests[0].body)) is cached


async def test_executions_share_a_connection_and_no_cookie(stage: Stage) -> None:
    with fake("anthropic") as provider:
        made = declaring({"model": "anthropic:claude-x"})
        for _ in range(5):
            texts(await run(stage, made, address(provider)))
        other = {**address(provider), "ANTHROPIC_API_KEY": "k-another"}
        texts(await run(stage, made, other))
    assert provider.connections == 2
    assert all("cookie" not in each.headers for each in provider.requests)
    keys = [*["Bearer k-anthropic"] * 5, "Bearer k-another"]
    assert [each.headers["authorization"] for each in provider.requests] == keys


async def test_what_is_wrong_with_the_options_of_a_manifest(stage: Stage) -> None:
    wrong = {
        'models have no setting "temprature" (did you mean "temperature"?) [E1242]': {
            "settings": {"temprature": 1}
        },
        "the setting top_p must be a number from 0 to 1, not 3 [E1242]": {"settings": {"top_p": 3}},
        'the option model must be "provider:name" or a script, not 7 [E1243]': {"model": 7},
        'the model "antropic:x" names no provider that there is (did you mean "anthropic"?)': {
            "model": "antropic:x"
        },
    }
    for said, options in wrong.items():
        assert said in (await stage.run(declaring(options))).status.error


async def test_a_key_that_is_kept_is_named_where_the_address_refuses(stage: Stage) -> None:
    def refuses(request: Request) -> Fail:
        return Fail(401, "who are you?") if "k-openai" not in str(request.headers) else Fail(500)

    with fake("openai", refuses) as provider:
        env = {"STIGMER_LLM_BASE_URL": f"{provider.url}/v1", "STIGMER_LLM_MODEL": "tiny"}
        execution = await run(stage, agent(), {"OPENAI_API_KEY": "k-openai"}, env=env)
    assert (
        "OPENAI_API_KEY of the shell that started it is for another address and is not sent to this one: "
        "set OPENAI_API_KEY beside STIGMER_LLM_BASE_URL of the execution"
    ) in execution.status.error
    assert len(provider.requests) == 1


async def test_the_address_that_is_shown_is_that_of_who_answered(stage: Stage) -> None:
    with fake("openai", Fail(503, headers=NO_RETRY)) as openai, fake("anthropic") as anthropic:
        made = declaring({"model": "openai:gpt-x", "fallback": ["anthropic:claude-x"]})
        execution = await run(stage, made, {**address(openai), **address(anthropic)})
        notes, _ = await told_by(stage, execution)
    turns = [note.turn for note in notes if note.HasField("turn")]
    assert [(turn.model, turn.address) for turn in turns] == [("claude-x", anthropic.url)]


async def test_what_a_fallback_or_a_helper_lacks_is_said_of_it(stage: Stage) -> None:
    made = declaring({"model": {"script": "- say: x"}, "fallback": ["groq:m"]})
    said = (await stage.run(made)).status.error
    assert said.startswith("the fallback groq:m: the provider groq needs an API key: set GROQ_API_KEY")
    made = declaring({"model": {"script": "- say: x"}, "sub_agents": {"one": {"model": "groq:m"}}})
    made.spec.sub_agents.add(name="one", instructions="You help, and say little.")
    said = (await stage.run(made)).status.error
    assert said.startswith('the sub-agent "one": the provider groq needs an API key')


def test_the_providers_that_were_asked_last_are_remembered(tmp_path: Path) -> None:
    assert last_used.noted(tmp_path) == []
    choice = {"provider": "openai"}
    body = {"model": choice, "fallback": [{"provider": "scripted"}], "sub_agents": []}
    last_used.note(tmp_path, body)
    assert last_used.noted(tmp_path) == ["openai"]
    (tmp_path / last_used.FILE).write_text("openai nonsense")
    assert last_used.noted(tmp_path) == ["openai"]
