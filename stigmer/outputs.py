"""The form of an agent's answers: a type, or a JSON Schema."""

from __future__ import annotations

from stigmer.errors import DeclarationError, did_you_mean
from stigmer.late import late
from stigmer.shapes import PLAIN, KnownFields, ListOf, either, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from stigmer.shapes import Shape

    OutputMode = Literal["auto", "tool", "native", "prompted"]
    Schema = Mapping[str, Any]

MODES = ("auto", "tool", "native", "prompted")
MOST_RETRIES = 100
# Without any of these, a dict is no schema: `{"total": "number"}`.
SCHEMA_WORDS = frozenset(("$ref", "allOf", "anyOf", "const", "enum", "oneOf", "properties", "type"))


def output_option(output: Any, mode: OutputMode, retries: int | None) -> dict[str, object]:
    """As an option of an agent or a sub-agent; empty where answers are text."""
    if mode not in MODES:
        hint = did_you_mean(mode, MODES) if isinstance(mode, str) else ""
        raise DeclarationError(f"output_mode must be one of {', '.join(MODES)}, not {mode!r:.60}{hint}")
    if retries is not None and (type(retries) is not int or not 0 <= retries <= MOST_RETRIES):
        raise DeclarationError(
            f"output_retries must be a whole number from 0 to {MOST_RETRIES}, not {retries!r:.60}"
        )
    if output is None or output is str:
        if mode != "auto" or retries is not None:
            raise DeclarationError("output_mode and output_retries are for agents with an output")
        return {}
    said: dict[str, object] = {"schema": _schema(output)}
    if isinstance(output, type):
        said["name"] = output.__name__
    if mode != "auto":
        said["mode"] = mode
    if retries is not None:
        said["retries"] = retries
    return {"output": said}


def answer_shape(options: Mapping[str, Any]) -> Shape | None:
    """What is known of the result of a task that asks an agent with these options; None: nothing."""
    if "output" not in options:
        return None
    schema: Schema = options["output"]["schema"]
    whole = _shape(schema, schema)
    fields = whole.given if isinstance(whole, KnownFields) else {}
    if whole is None and _may_be_object(schema):
        return None
    return KnownFields({"text": PLAIN, "response": PLAIN, "execution_id": PLAIN, "output": whole, **fields})


def _schema(output: Any) -> dict[str, Any]:
    if not isinstance(output, dict):
        from stigmer.schemas.types import schema_of

        return schema_of(output, "the output")
    try:
        late("json").dumps(output)
    except (TypeError, ValueError, RecursionError) as error:
        raise DeclarationError(
            f"an output that is a dict is a JSON Schema, and this is no JSON: {error}; "
            "for fields with Python's types, write a dataclass or a TypedDict"
        ) from None
    if not SCHEMA_WORDS & output.keys():
        raise DeclarationError(
            f"the output {output!r:.60} is no JSON Schema: it says no type; "
            'write {"type": "object", "properties": {…}}, or a dataclass or a TypedDict'
        )
    return output


def _shape(node: Any, root: Schema) -> Shape | None:
    if not isinstance(node, dict):
        return None
    if isinstance(target := node.get("$ref"), str):
        found = root
        for name in target.removeprefix("#/").split("/") if target != "#" else ():
            found = found.get(name, {})
        return _shape(found, root) if node is root else later(lambda: _shape(found, root))
    for word in ("anyOf", "oneOf"):
        if word in node:
            some = [each for each in node[word] if each != {"type": "null"}]
            return either([_shape(each, root) for each in some])
    kinds = node.get("type")
    kinds = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
    if kinds == ["object"]:
        fields = node.get("properties")
        if not fields or node.get("additionalProperties") or "patternProperties" in node:
            return None
        return KnownFields({name: _shape(field, root) for name, field in fields.items()})
    if kinds == ["array"]:
        return ListOf(_shape(node.get("items"), root))
    return PLAIN if set(kinds) <= {"string", "number", "integer", "boolean", "null"} else None


def _may_be_object(schema: Schema) -> bool:
    return schema.get("type") not in ("array", "string", "number", "integer", "boolean", "null")
