"""Which models a run was told to ask, on their way from a command to the agents of an execution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

EVERY_AGENT: Final = ""  # in place of an agent's name


class ChosenModel(NamedTuple):
    """`model` is `provider:name`, without a name the usual one; `script` is what a scripted one says."""

    model: str
    script: str = ""


def encoded(chosen: Mapping[str, ChosenModel]) -> str:
    """As an annotation of an execution; by the names of agents."""
    return json.dumps({name: list(each) for name, each in chosen.items()}, ensure_ascii=False)


def chosen_for(annotation: str, *names: str) -> ChosenModel | None:
    """What an agent with one of these names is to ask; None: nobody said."""
    if not annotation:
        return None
    try:
        known = json.loads(annotation)
        found = next((known[name] for name in (*names, EVERY_AGENT) if name in known), None)
        return None if found is None else ChosenModel(str(found[0]), str(found[1]))
    except (ValueError, TypeError, LookupError, RecursionError):
        return None  # it was written by somebody else
