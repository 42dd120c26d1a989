"""`stigmer config schema`: JSON Schemas of the files that people write, and of `-o json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK
from stigmer_api.file_keys import Key, Takes

Json = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"  # what editors know best
TEXT: Json = {"type": ["string", "null"]}
SCALAR: Json = {"type": ["string", "number", "null"]}  # `version: 1.0` means the text
ITEM: Json = {"type": ["string", "number", "boolean"]}


class Schema(Enum):
    """A file that has one."""

    PROJECT = "project"  # Stigmer.yaml
    SCRIPT = "script"
    CONFIG = "config"  # ~/.stigmer/config.yaml
    EVENTS = "events"
    REPORT = "report"  # of --report json=PATH
    MANIFEST = "manifest"  # a document of --file


def show_schema(which: Schema) -> int:
    """The exit status."""
    out, _ = standard_terminals()
    for line in schema_text(which).splitlines():
        out.line(line)
    out.flush()
    return EXIT_OK


def schema_text(which: Schema) -> str:
    """As it is published in docs/schemas."""
    return json.dumps(_MADE[which](), indent=2, ensure_ascii=False) + "\n"


def _project() -> Json:
    from runcmd.project_keys import KEYS

    return {"$schema": DRAFT, "title": "Stigmer.yaml", **_of_keys(KEYS, SCALAR)}


def _config() -> Json:
    from stigmer_api.config_keys import KEYS

    return {"$schema": DRAFT, "title": "~/.stigmer/config.yaml", **_of_keys(KEYS, TEXT)}


def _script() -> Json:
    from stigmerd.agents.scripted.schema import script_schema

    return {"$schema": DRAFT, **script_schema()}


def _events() -> Json:
    from devloop.render.schema import event_schema

    return event_schema()


def _report() -> Json:
    from devloop.render.schema import report_schema

    return report_schema()


def _manifest() -> Json:
    from runcmd.synthesis.files.schema import manifest_schema

    return {"$schema": DRAFT, **manifest_schema()}


_MADE: Mapping[Schema, Callable[[], Json]] = {
    Schema.PROJECT: _project,
    Schema.SCRIPT: _script,
    Schema.CONFIG: _config,
    Schema.EVENTS: _events,
    Schema.REPORT: _report,
    Schema.MANIFEST: _manifest,
}


def _of_keys(keys: Sequence[Key], text: Json) -> Json:
    return {
        "type": "object",
        "properties": {key.name: _described(key, text) for key in keys},
        "required": [key.name for key in keys if key.required],
        "additionalProperties": False,
    }


def _described(key: Key, text: Json) -> Json:
    if not key.ours:
        return {"description": "Read by others."}
    default = f" (default: {key.default.replace('`', '')})" if key.default else ""
    return {"description": f"{key.about.replace('`', '')}{default}", **_value(key, text)}


def _value(key: Key, text: Json) -> Json:
    if key.choices and key.takes is Takes.TEXTS:
        return {"type": ["array", "null"], "items": {"enum": [*key.choices]}}
    if key.choices:
        return {"enum": [*key.choices, *([] if key.required else [None])]}
    match key.takes:
        case Takes.TEXT | Takes.PATH:
            return {"type": ["string", "number"], "pattern": r"\S"} if key.required else text
        case Takes.NUMBER:
            return {"type": "number", "minimum": 0, "maximum": 1e9}
        case Takes.COUNT:
            return {"type": ["integer", "null"], "minimum": 0, "maximum": 999_999_999}
        case Takes.FLAG:
            return {"type": ["boolean", "null"]}
        case Takes.TEXTS:
            return {"type": ["array", "null"], "items": ITEM}
        case Takes.PLACES:
            return {"type": ["array", "null"], "items": {"type": "string", "pattern": r"^(\*$|/|~)"}}
        case Takes.BLOCK:
            return _of_keys(key.keys, text) | {"type": ["object", "null"]}
