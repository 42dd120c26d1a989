"""How a model is asked for an answer of a declared form: by a tool, by its own means, or in words."""

from __future__ import annotations

import json
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_ai import Agent, ModelRetry, NativeOutput, PromptedOutput, StructuredDict, ToolOutput
from pydantic_core import CoreSchema, core_schema

from stigmerd.agents.outputs.declared import CALL, DeclaredOutput
from stigmerd.agents.outputs.references import inlined
from stigmerd.store.json import Json

ANY_OBJECT: Json = {"type": "object", "additionalProperties": True}
IN_WORDS = "Always answer with a JSON object that is valid by this schema, and nothing else:\n\n"
SHAPE = "\n\nIn short: {schema}"  # pydantic-ai wants a place for a schema of its own


def asked_as(output: DeclaredOutput | None) -> Any:
    """pydantic-ai's output type."""
    if output is None:
        return str
    name = output.name or None
    schema = inlined(output.schema)
    if schema is None:
        # It contains itself, which no library takes into a tool: the model reads it.
        text = (IN_WORDS + json.dumps(output.schema)).replace("{", "{{").replace("}", "}}")
        return PromptedOutput(StructuredDict(ANY_OBJECT, name=name), template=text + SHAPE)
    kind = StructuredDict(schema, name=name) if schema.get("type") == "object" else _wrapped(schema)
    match output.mode:
        case "tool":
            return ToolOutput(kind, name=CALL, max_retries=output.retries)
        case "native":
            return NativeOutput(kind, name=name)
        case "prompted":
            return PromptedOutput(kind, name=name)
    return kind  # whatever is best for the model


def check_answers(agent: Agent[None, Any], output: DeclaredOutput) -> None:
    """What does not fit is sent back to the model with the reasons."""

    @agent.output_validator
    def check(value: Json) -> Json:
        if reasons := output.reasons(value):
            raise ModelRetry(f"The answer does not fit {output.called}: {'; '.join(reasons)}")
        return value


def _wrapped(schema: Json) -> Any:
    """A list, a number, one of several: pydantic-ai puts it into an object, `{"response": …}`."""

    class _Answer:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return core_schema.any_schema()

        @classmethod
        def __get_pydantic_json_schema__(cls, made: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
            return schema

    return _Answer
