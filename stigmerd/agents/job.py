"""All that the agent process needs to know about one execution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stigmer_api.agent_options import options_of
from stigmer_api.agent_pb2 import Agent, SubAgent
from stigmer_api.facts import (
    PROJECT_ANNOTATION,
    SCRIPT_ANNOTATION,
    TEMPERATURE_ANNOTATION,
    TIMEOUT_ANNOTATION,
    TOOLS_ANNOTATION,
)
from stigmerd.agents.builtins.granted import grant
from stigmerd.agents.compaction.facts import said_window
from stigmerd.agents.functions.gathering import program_of
from stigmerd.agents.interfaces import Resources
from stigmerd.agents.limits.allowed import AgentLimits, allowed, own_limits, said_for_run
from stigmerd.agents.limits.before import used_before
from stigmerd.agents.mcp.gathering import gathered
from stigmerd.agents.mcp.maximum import maximum
from stigmerd.agents.mcp.oauth.place import FOLDER, PURPOSE, Logins
from stigmerd.agents.models.gathering import add_models, keys_in
from stigmerd.agents.past import (
    UNMASKED_CONVERSATION,
    Past,
    conversation,
    resumption,
)
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.skills.gathering import section, skills_of
from stigmerd.executions.attached import attachments_of
from stigmerd.executions.log import Executions
from stigmerd.executions.masking import Masker, masker_of
from stigmerd.store.journal import Missing
from stigmerd.store.json import Json
from stigmerd.store.pruning import CONVERSATION

LONGEST_SECONDS = 3600
LONGEST_MEMORY_CHARACTERS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is sent to the agent process, and the masker for what comes back."""

    body: dict[str, Json]
    masker: Masker


async def gather(
    execution_id: str,
    *,
    executions: Executions,
    resources: Resources,
    environ: Mapping[str, str],
    config_file: Path,
    limits: AgentLimits,
    past: Past,
    folder: Path,
    workspace: Path,
) -> Job:
    """`folder` is this execution's own, `workspace` where servers run without a project.

    Raises AgentProblem or LookupError, each with a sentence.
    """
    execution = executions.spec(execution_id)
    agent = resources.agent_of(execution_id)
    variables = executions.secrets.variables(execution_id)
    client_env = executions.secrets.client_env(execution_id)
    here = Path(annotation(agent, PROJECT_ANNOTATION) or workspace)
    workspace.mkdir(exist_ok=True)
    logins = _logins(executions, workspace)
    servers = gathered(agent, said_by(agent), variables, here, resources, client_env.place, logins)
    found = await skills_of(agent.spec.skill_refs, resources, workspace.parent)
    body: dict[str, Json] = {
        "name": agent.metadata.name,
        "options": said_by(agent),
        "instructions": agent.spec.instructions + section(found),
        "skills": found,
        "message": execution.spec.message,  # type: ignore[union-attr]
        "attachments": attachments_of(executions.journal(execution_id)),
        "servers": servers.configs,
        "processes": maximum(config_file) if servers.configs else {},
        "sub_agents": await _sub_agents(agent, resources, workspace.parent),
        "todos": wants_todos(agent),
        "variables": dict(variables.values),
        "settings": model_settings(execution),
        "window": said_window({**client_env.values, **variables.values}),
        "limits": _limits(limits, execution, agent, {**client_env.values, **variables.values}),
        "used": used_before(past.spoken),
        "history": conversation(resources.session_history(execution_id), LONGEST_MEMORY_CHARACTERS),
        "resume": resumption(past, unmasked_conversation(executions, execution_id)),
    }
    holders = [(each["name"], each["options"]) for each in (body, *body["sub_agents"])]
    body["functions"] = program_of(agent, execution_id, holders)
    grant(body, agent.metadata.annotations, folder, config_file, {**environ, **client_env.place})
    await add_models(
        body,
        agent,
        execution,
        script=annotation(agent, SCRIPT_ANNOTATION),
        variables=variables.values,
        client_env=client_env,
        config_file=config_file,
    )
    secrets = executions.secrets.values(execution_id) | client_env.secrets
    secrets |= {*keys_in(body)} | servers.secrets
    body["secrets"] = sorted(secrets - {""})
    return Job(body=body, masker=masker_of(body["secrets"]))


async def _sub_agents(agent: Agent, resources: Resources, folder: Path) -> list[dict[str, Json]]:
    return [await sub_agent(entry, agent, resources, folder) for entry in agent.spec.sub_agents]


def _limits(
    defaults: AgentLimits, execution: Any, agent: Agent, variables: Mapping[str, str]
) -> dict[str, Json]:
    return allowed(
        defaults,
        options=said_by(agent),
        of_run=said_for_run(execution, agent.metadata.slug, agent.metadata.name),
        caller_seconds=number_in(execution, TIMEOUT_ANNOTATION, most=LONGEST_SECONDS),
        variables=variables,
    )


def _logins(executions: Executions, workspace: Path) -> Logins:
    """Beside the directory of the agents."""
    key = executions.secrets.key_for(PURPOSE)
    return Logins(folder=workspace.parent.parent / FOLDER, key=key.hex())


def said_by(agent: Agent, sub_agent: str = "") -> dict[str, Json]:
    """What it, or a sub-agent of it, says beyond the contract."""
    try:
        return dict(options_of(agent.metadata.annotations, sub_agent))
    except ValueError as error:
        raise AgentProblem(str(error)) from None


def wants_todos(agent: Agent) -> bool:
    """An agent of the SDK says it among its options, a manifest in an annotation of its own."""
    named = annotation(agent, TOOLS_ANNOTATION).replace(",", " ").split()
    return "todos" in named or said_by(agent).get("todos") is True


def annotation(agent: Agent, name: str) -> str:
    return str(agent.metadata.annotations.get(name, ""))


def model_settings(execution: Any) -> dict[str, float]:
    temperature = number_in(execution, TEMPERATURE_ANNOTATION, most=2)
    return {} if temperature is None else {"temperature": temperature}


def number_in(execution: Any, name: str, most: float) -> float | None:
    """A number in an annotation of the execution; a workflow sets it for its AGENT_CALL."""
    text = execution.metadata.annotations.get(name, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        needed = f"a number from 0 to {most:g}"
        raise AgentProblem(f"the annotation {name} must be {needed}, not {text!r}")
    return number


def unmasked_conversation(executions: Executions, execution_id: str) -> Mapping[str, Json] | None:
    """Its own, to go on with."""
    journal = executions.journal(execution_id)
    saved = journal.get_encrypted(UNMASKED_CONVERSATION)
    if saved is Missing.MISSING:
        saved = journal.get(CONVERSATION)
    return None if saved is Missing.MISSING else dict(saved)


async def sub_agent(entry: SubAgent, agent: Agent, resources: Resources, folder: Path) -> dict[str, Json]:
    known = [server.name for server in agent.spec.mcp_servers]
    named = [*entry.mcp_servers, *entry.mcp_tool_selections]
    if unknown := sorted(set(named) - set(known)):
        has = ", ".join(known) or "none"
        raise AgentProblem(
            f'the sub-agent "{entry.name}" wants the MCP server {", ".join(unknown)}; the agent has {has}'
        )
    options = said_by(agent, entry.name)
    found = await skills_of(entry.skill_refs, resources, folder)
    return {
        "name": entry.name,
        "description": entry.description,
        "instructions": entry.instructions + section(found),
        "skills": found,
        "options": options,
        "limits": own_limits(options),
        "servers": list(entry.mcp_servers),
        "selections": {
            name: list(selection.enabled_tools) for name, selection in entry.mcp_tool_selections.items()
        },
    }
