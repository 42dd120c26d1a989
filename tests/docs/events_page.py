"""docs/events.md: every event of `-o json`, from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devloop.render.schema import event_schema

Json = dict[str, Any]

INTRODUCTION = """# JSON events

`-o json` writes one object per line to standard output, and nothing else. Each has `event`, its name, and
`at`, the time in UTC. A run has `run_finished` at its end, with the outcome, the answer and the
[exit status](design/exit-status.md). Events and fields may be added: ignore what you do not know. Secrets are
masked.

```sh
stigmer run report -o json | jq -r 'select(.event == "run_finished") | .answer'
```

In a watch loop, events of a run have `gen`, the generation that they belong to; where a command runs several
things, `target` says which. What an execution within the run says, of an agent that a workflow calls for
instance, has `execution` and `path` besides. `stigmer config schema events` prints the
[schema](schemas/events.schema.json). [Why a run is a stream of events](design/events.md)
"""


def text() -> str:
    schema = event_schema()
    shared = schema["$defs"]
    names = [each["$ref"].rpartition("/")[2] for each in schema["oneOf"]]
    others = sorted(set(shared) - set(names))
    lines = [INTRODUCTION]
    for name in names:
        lines += _section(f"`{name}`", shared[name])
    lines.append("## Values of fields\n")
    for name in others:
        lines += _section(name, shared[name], level=3)
    return "\n".join(lines)


def _section(title: str, schema: Json, level: int = 2) -> Iterator[str]:
    yield f"{'#' * level} {title}\n"
    yield f"{schema.get('description', '')}\n"
    if "enum" in schema:
        yield ", ".join(f"`{value}`" for value in schema["enum"]) + "\n"
    fields = {
        name: each for name, each in schema.get("properties", {}).items() if name not in ("event", "at")
    }
    if fields:
        yield "| field | |\n|---|---|"
        yield from (f"| `{name}` | {_type(each)}{_said(each)} |" for name, each in fields.items())
        yield ""


def _said(schema: Json) -> str:
    return f": {schema['description']}" if "description" in schema else ""


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "oneOf" in schema:
        return " or ".join(map(_type, schema["oneOf"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "object" if "additionalProperties" in schema:
            return f"object of {_type(schema['additionalProperties'])}"
        case None:
            return "any value"
        case list() as kinds:
            return " or ".join(kinds)
        case kind:
            return str(kind)
