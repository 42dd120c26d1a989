"""What the agent process needs to know of an agent's functions: checked, with the program that has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from stigmer_api.agent_options import FUNCTIONS
from stigmer_api.agent_pb2 import Agent
from stigmerd.agents.problems import AgentProblem
from stigmerd.children.programs import ProjectProgram
from stigmerd.store.json import Json

TIMES = ("timeout", "retries")


def program_of(
    agent: Agent, execution_id: str, options: Iterable[tuple[str, Mapping[str, Json]]]
) -> dict[str, Json] | None:
    """`options` are those of the agent and its sub-agents, with the name of each; None: nobody has functions.

    Raises AgentProblem for what cannot be called.
    """
    holders = [(name, said[FUNCTIONS]) for name, said in options if said.get(FUNCTIONS)]
    if not holders:
        return None
    for holder, entries in holders:
        _check(holder, entries)
    program = ProjectProgram.of(agent.metadata.annotations)
    if program is None:
        raise AgentProblem(
            f"the functions that {holders[0][0]} calls cannot be found: it does not come from a Python "
            "project on this machine; start it with `stigmer run` in its project",
            code="E1271",
        )
    return {**asdict(program), "agent": agent.metadata.name, "execution_id": execution_id}


def _check(holder: str, entries: Json) -> None:
    """Our SDK writes them so; a manifest of somebody's own may say anything."""
    if not isinstance(entries, list):
        raise _wrong(holder, "must be a list")
    for at, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
            raise _wrong(holder, f"[{at}] must be an object with a name")
        if not isinstance(entry.get("schema"), dict):
            raise _wrong(holder, f"[{at}] ({entry['name']}) must have the schema of its parameters")
        if not isinstance(entry.get("description", ""), str):
            raise _wrong(holder, f"[{at}] ({entry['name']}) must have text as its description")
        for name in TIMES:
            value = entry.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise _wrong(holder, f"[{at}] ({entry['name']}): {name} must be a number")


def _wrong(holder: str, reason: str) -> AgentProblem:
    return AgentProblem(f"the functions of {holder}: functions {reason}".replace("s [", "s["), code="E1271")
