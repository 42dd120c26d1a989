"""What the agent process needs to know about the models of one execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stigmer_api.client_env import is_secret
from stigmerd.agents.models.layers import layer_of_file, layer_of_variables
from stigmerd.agents.models.ollama import probe_ollama
from stigmerd.agents.models.providers import choose
from stigmerd.agents.models.settings import settings_of
from stigmerd.agents.models.wanted import ModelWishes, asked_by, asked_by_helper
from stigmerd.agents.problems import AgentProblem
from stigmerd.executions.client_env import ClientEnv
from stigmerd.store.json import Json

LIMITS = "STIGMER_AGENT_"


async def add_models(
    body: dict[str, Json],
    agent: Any,
    execution: Any,
    *,
    script: str,
    variables: Mapping[str, str],
    client_env: ClientEnv,
    config_file: Path,
) -> None:
    """Puts `model`, `fallback` and `settings` into the job and its sub-agents. Raises AgentProblem."""
    layers = [
        layer_of_variables(variables, "of the execution"),
        layer_of_variables(client_env.values, "of the shell that started it"),
        layer_of_file(config_file),
    ]
    own = asked_by(agent, execution, body["options"], script)
    helpers = [
        asked_by_helper(entry["name"], execution, entry["options"], own) for entry in body["sub_agents"]
    ]
    _check_lost(client_env, [own, *helpers])
    over = body["settings"]  # of the execution itself
    body["settings"] = settings_of(body["options"], f'the agent "{agent.metadata.name}"') | over
    await _fill(body, own, layers)
    for entry, asked in zip(body["sub_agents"], helpers, strict=True):
        said = settings_of(entry["options"], f'the sub-agent "{entry["name"]}"')
        entry["settings"] = ({} if asked.its_own else dict(body["settings"])) | said | over
        await _fill(entry, asked, layers, entry["name"] if asked.its_own else "")


def keys_in(body: Mapping[str, Json]) -> Iterator[str]:
    """All that is secret in its models."""
    for entry in (body, *body["sub_agents"]):
        for choice in (entry["model"], *entry["fallback"]):
            yield choice["api_key"]
            yield from (value for name, value in choice["more"].items() if is_secret(name))


async def _fill(entry: dict[str, Json], asked: ModelWishes, layers: Sequence[Any], helper: str = "") -> None:
    found = []
    for number, wanted in enumerate(asked.all):
        try:
            choice = asdict(await choose(wanted.model, wanted.script, layers, probe_ollama))
        except AgentProblem as problem:
            place = f"the fallback {wanted.model}" if number else helper and f'the sub-agent "{helper}"'
            raise AgentProblem(f"{place}: {problem}" if place else str(problem), code=problem.code) from None
        found.append(choice | {"own_script": wanted.own_script})
    entry["model"], *entry["fallback"] = found


def _check_lost(client_env: ClientEnv, asked: Sequence[ModelWishes]) -> None:
    """What a restart lost matters unless every model is scripted by its own word."""
    lost = list(client_env.lost)
    if all(wanted.is_scripted for each in asked for wanted in each.all):
        lost = [name for name in lost if name.startswith(LIMITS)]
    if lost:
        raise AgentProblem(
            f"{', '.join(lost)} came from the shell that started this execution, is kept in memory only, "
            "and went when the backend was restarted: start it again, "
            "or set backend.local.llm in ~/.stigmer/config.yaml"
        )
