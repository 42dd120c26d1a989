"""The JSON Schema of a manifest, made of the messages themselves."""

from __future__ import annotations

from typing import Any

from runcmd.synthesis.files.fields import OPEN, prefix_of
from runcmd.synthesis.files.kinds import KINDS, empty_message
from stigmer_api.facts import API_VERSION

Json = dict[str, Any]
TEXT: Json = {"type": ["string", "number", "boolean", "null"]}  # what is written is what is meant
NUMBER: Json = {"type": ["number", "null"]}
FLAG: Json = {"type": ["boolean", "null"]}


def manifest_schema() -> Json:
    """One document of a file; keys by both of their names."""
    definitions: Json = {}
    kinds = [_document(title, definitions) for title in KINDS]
    return {
        "title": "a manifest, for stigmer run -f",
        "oneOf": kinds,
        "definitions": dict(sorted(definitions.items())),
    }


def _document(title: str, definitions: Json) -> Json:
    fields = empty_message(title).DESCRIPTOR.fields_by_name
    properties: Json = {
        "apiVersion": {"const": API_VERSION},
        "api_version": {"const": API_VERSION},
        "kind": {"const": title},
        "status": {"description": "What a server printed; it is not read."},
    }
    for name in ("metadata", "spec"):
        properties[name] = _value(fields[name], definitions)
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": ["kind", "metadata"],
        "anyOf": [{"required": ["apiVersion"]}, {"required": ["api_version"]}],
        "additionalProperties": False,
    }


def _value(field: Any, definitions: Json) -> Json:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        inner = _single(entry.fields_by_name["value"], definitions)
        return {"type": ["object", "null"], "additionalProperties": inner}
    if field.is_repeated:
        return {"type": ["array", "null"], "items": _single(field, definitions)}
    return _single(field, definitions)


def _single(field: Any, definitions: Json) -> Json:
    if field.message_type is not None:
        return _message(field.message_type, definitions)
    if field.enum_type is not None:
        start = prefix_of(field.enum_type)
        names = [
            name.removeprefix(start) for name, each in field.enum_type.values_by_name.items() if each.number
        ]
        # In any case, by its whole name or its number, too.
        return {"anyOf": [{"enum": names}, {"type": ["string", "integer", "null"]}]}
    if field.type == field.TYPE_BOOL:
        return FLAG
    return TEXT if field.type in (field.TYPE_STRING, field.TYPE_BYTES) else NUMBER


def _message(descriptor: Any, definitions: Json) -> Json:
    if descriptor.full_name in OPEN:
        return {"type": ["object", "null"]} if descriptor.name == "Struct" else {}
    name = descriptor.full_name.removeprefix("ai.stigmer.")
    if name not in definitions:
        definitions[name] = {}  # it may contain itself
        properties = {
            spelled: _value(field, definitions)
            for field in descriptor.fields
            for spelled in (field.json_name, field.name)
        }
        definitions[name] = {
            "type": ["object", "null"],
            "properties": properties,
            "additionalProperties": False,
        }
    return {"$ref": f"#/definitions/{name}"}
