"""The JSON Schema of a script: what its parser takes, for editors."""

from __future__ import annotations

from typing import Final

from stigmer_api.scripts.model import STOPS
from stigmer_api.scripts.parser import LONGEST_DELAY_SECONDS, SCRIPT_KEYS, TURN_KEYS, WHEN_KEYS
from stigmerd.store.json import Json

TEXT: Final[Json] = {"type": ["string", "number", "boolean", "null"]}
SECONDS: Final[Json] = {"type": "number", "minimum": 0, "maximum": LONGEST_DELAY_SECONDS}


def script_schema() -> Json:
    """A list of turns; or a mapping, with those of sub-agents."""
    turns, agents = SCRIPT_KEYS
    return {
        "title": "A script of the scripted model",
        "anyOf": [
            {"$ref": "#/$defs/turns"},
            _object({turns: _turns(), agents: {"type": "object", "additionalProperties": _turns()}}),
        ],
        "$defs": {
            "turns": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/turn"}},
            "turn": _turn(),
            "call": _call(),
        },
    }


def _turns() -> Json:
    return {"$ref": "#/$defs/turns"}


def _turn() -> Json:
    described: Json = {
        "when": _said("which messages it is for: a text, /regex/, /regex/i; or several, over what") | _when(),
        "say": _said("the text to answer with") | TEXT,
        "call": _said("a tool, or several at the same time") | _calls(),
        "delay": _said("seconds to think before the first word") | SECONDS,
        "chunk": _said("seconds between the words; or between so many characters") | _chunk(),
        "fail": _said("the model breaks down with this text, after `say`") | TEXT,
        "stop": _said("why the answer, after `say`, is not whole") | {"enum": list(STOPS)},
        "remember": _said("`{{ memory.NAME }}` from then on")
        | {"type": "object", "additionalProperties": TEXT},
    }
    wanted = [{"required": [name]} for name in ("say", "call", "fail")]
    return _object({name: described[name] for name in TURN_KEYS}) | {"anyOf": wanted}


def _when() -> Json:
    return {"anyOf": [TEXT, _object(dict.fromkeys(WHEN_KEYS, TEXT))]}


def _calls() -> Json:
    one: Json = {"$ref": "#/$defs/call"}
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _call() -> Json:
    whole = _object({"tool": TEXT, "args": {"type": "object"}}) | {"required": ["tool"]}
    return {"anyOf": [TEXT, whole]}


def _chunk() -> Json:
    return {
        "anyOf": [SECONDS, _object({"seconds": SECONDS, "characters": {"type": "integer", "minimum": 0}})]
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _said(description: str) -> Json:
    return {"description": description}
