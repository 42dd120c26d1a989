"""A script's answer where the agent declares a form of answers: JSON as text, or a call of `final_result`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic_ai.models.function import AgentInfo

from stigmer_api.scripts.model import ScriptedCall, Turn
from stigmerd.agents.outputs.declared import CALL
from stigmerd.store.json import Json

FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.S)
WRAPPER: Final = "response"  # pydantic-ai's, around what is no object


def in_form(turn: Turn, info: AgentInfo) -> Turn:
    """The same turn, as a model of the kind that was asked would give it."""
    parameters = info.model_request_parameters
    if info.output_tools:
        tool = info.output_tools[0]
        if not turn.calls and (value := _json(turn.say)) is not None:
            args = _wrapped(value, tool.parameters_json_schema)
            return replace(turn, say="", calls=(ScriptedCall(tool=tool.name, args=args),))
        return replace(
            turn,
            calls=tuple(
                replace(call, args=_wrapped(call.args, tool.parameters_json_schema))
                if call.tool == CALL
                else call
                for call in turn.calls
            ),
        )
    if parameters.output_object is None:
        return turn
    schema = parameters.output_object.json_schema
    if len(turn.calls) == 1 and turn.calls[0].tool == CALL:
        return replace(turn, say=json.dumps(_wrapped(turn.calls[0].args, schema)), calls=())
    if not turn.calls and (value := _json(turn.say)) is not None:
        return replace(turn, say=json.dumps(_wrapped(value, schema), ensure_ascii=False))
    return turn


def _json(text: str) -> Json:
    """None where it is none."""
    fenced = FENCED.fullmatch(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return None


def _wrapped(value: Json, schema: Mapping[str, Json]) -> Json:
    is_wrapped = isinstance(value, dict) and list(value) == [WRAPPER]
    return {WRAPPER: value} if list(schema.get("properties", {})) == [WRAPPER] and not is_wrapped else value
