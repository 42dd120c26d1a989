"""What an agent says beyond the contract, as JSON in an annotation: see docs/design/agents.md.

The annotation holds the agent's own options by their names, and under `sub_agents` those of each sub-agent,
by its name. A server that does not know the annotation ignores it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from stigmer_api.facts import ACTIVITIES_ANNOTATION, OPTIONS_ANNOTATION

Options = Mapping[str, Any]  # as JSON has them
SUB_AGENTS: Final = "sub_agents"
FUNCTIONS: Final = "functions"  # of the project, which it or a sub-agent of it calls


def options_of(annotations: Mapping[str, str], sub_agent: str = "") -> Options:
    """The agent's own options, or those of a sub-agent; empty where nothing is said.

    Raises ValueError, with a sentence, for an annotation that is not what this module writes.
    """
    text = annotations.get(OPTIONS_ANNOTATION, "")
    if not text:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the annotation {OPTIONS_ANNOTATION} is no JSON: {error}") from None
    if not isinstance(said, dict) or not isinstance(said.get(SUB_AGENTS, {}), dict):
        raise ValueError(f"the annotation {OPTIONS_ANNOTATION} must be an object of options")
    if not sub_agent:
        return {name: value for name, value in said.items() if name != SUB_AGENTS}
    its_own = said.get(SUB_AGENTS, {}).get(sub_agent, {})
    if not isinstance(its_own, dict):
        raise ValueError(f"the annotation {OPTIONS_ANNOTATION} must have an object for {sub_agent}")
    return its_own


def annotation_of(options: Options, sub_agents: Mapping[str, Options]) -> dict[str, str]:
    """The annotation; empty where neither says anything. Same options, same text."""
    said: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if helpers := {name: dict(its_own) for name, its_own in sub_agents.items() if its_own}:
        said[SUB_AGENTS] = helpers
    # Fields of a schema stay in their order, in which a model fills them in.
    return {OPTIONS_ANNOTATION: json.dumps(dict(sorted(said.items())))} if said else {}


def options_named(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """The names of all that it, or a sub-agent of it, says beyond the contract."""
    try:
        said = json.loads(annotations.get(OPTIONS_ANNOTATION, "{}"))
        names = {name for each in (said, *said.get(SUB_AGENTS, {}).values()) for name in each}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ()  # the backend says what is wrong with it
    return tuple(sorted(names - {SUB_AGENTS}))


def calls_python(annotations: Mapping[str, str]) -> bool:
    """Does what is deployed with them call Python functions of its project?"""
    if ACTIVITIES_ANNOTATION in annotations:
        return True
    if FUNCTIONS not in annotations.get(OPTIONS_ANNOTATION, ""):
        return False
    try:
        said = json.loads(annotations[OPTIONS_ANNOTATION])
        return any(each.get(FUNCTIONS) for each in (said, *said.get(SUB_AGENTS, {}).values()))
    except (ValueError, AttributeError, RecursionError):
        return False  # the backend says what is wrong with it
