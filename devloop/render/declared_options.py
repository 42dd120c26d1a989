"""What an agent declares beyond the API, as lines of its definition: its functions, and all else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from devloop.render.words import one_line
from stigmer_api.agent_options import FUNCTIONS, options_of


def function_lines(annotations: Mapping[str, str], sub_agent: str = "") -> Iterator[str]:
    """`get_weather(city, days = 1): The forecast.`"""
    entries = _said(annotations, sub_agent).get(FUNCTIONS)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield _function(entry)


def option_lines(annotations: Mapping[str, str]) -> Iterator[str]:
    """`Limits: {"steps": 5}`."""
    for name, value in _said(annotations).items():
        if name != FUNCTIONS:
            yield f"{name.replace('_', ' ').capitalize()}: {one_line(json.dumps(value, ensure_ascii=False))}"


def _said(annotations: Mapping[str, str], sub_agent: str = "") -> Mapping[str, Any]:
    try:
        return options_of(annotations, sub_agent)
    except ValueError:  # not ours; it is shown as it is with `-o yaml`
        return {}


def _function(entry: Mapping[str, Any]) -> str:
    schema = entry.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    parameters = [
        f"{name} = {json.dumps(each['default'], ensure_ascii=False)}" if "default" in each else name
        for name, each in (properties if isinstance(properties, dict) else {}).items()
        if isinstance(each, dict)
    ]
    asked = ", asks first" if entry.get("requires_approval") else ""
    said = str(entry.get("description") or "").partition("\n")[0]
    return f"{entry.get('name', '')}({', '.join(parameters)}){asked}" + (f": {said}" if said else "")
