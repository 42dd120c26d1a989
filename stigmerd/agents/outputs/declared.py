"""The form that an agent's answers have, as its options say it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolReturnPart

from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

OPTION: Final = "output"
CALL: Final = "final_result"  # the tool by which a model answers, where it answers by one
MODES: Final = ("auto", "tool", "native", "prompted")
RETRIES: Final = 3
MOST_REASONS: Final = 5
LONGEST_REASON_CHARACTERS: Final = 300
KEYS: Final = ("schema", "name", "mode", "retries")


@dataclass(frozen=True, kw_only=True)
class DeclaredOutput:
    """`retries`: how often a model is told what does not fit, and asked again."""

    schema: Mapping[str, Json]
    name: str = ""
    mode: str = "auto"
    retries: int = RETRIES

    @property
    def called(self) -> str:
        """For people."""
        return self.name or str(self.schema.get("title") or "") or "the declared output"

    def reasons(self, value: Json) -> list[str]:
        """Why a value does not fit, each with its place: `$.items[0].price: 'x' is not of type 'number'`."""
        errors = sorted(self._validator.iter_errors(value), key=lambda error: list(map(str, error.path)))
        found = []
        for error in errors[:MOST_REASONS]:
            while error.context:  # of several forms, the one that is nearest
                error = _nearest(error.context)
            found.append(f"{error.json_path}: {error.message[:LONGEST_REASON_CHARACTERS]}")
        return found + (["…"] if len(errors) > MOST_REASONS else [])

    def is_call(self, tool: str) -> bool:
        """Whether a call of a tool by this name is an answer."""
        return tool == CALL

    def answers(self, response: ModelResponse) -> bool:
        """It is the last one, if it fits."""
        calls = response.tool_calls
        return any(self.is_call(call.tool_name) for call in calls) if calls else bool(response.text)

    def was_taken(self, said: list[ModelMessage]) -> bool:
        """The conversation ends with an answer that fitted."""
        return isinstance(said[-1], ModelRequest) and any(
            isinstance(part, ToolReturnPart) and self.is_call(part.tool_name) and part.outcome == "success"
            for part in said[-1].parts
        )

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import FormatChecker
        from jsonschema.validators import validator_for

        formats = FormatChecker()
        # jsonschema knows it with another library only.
        formats.checks("date-time", raises=ValueError)(_is_date_time)
        return validator_for(self.schema)(self.schema, format_checker=formats)


def needs_checker(job: Mapping[str, Json]) -> bool:
    """Some answer of it has a declared form."""
    return any(entry["options"].get(OPTION) is not None for entry in (job, *job["sub_agents"]))


def load_checker() -> None:
    """Imports what checks answers: 100 ms, for which all agents would else wait."""
    import jsonschema.validators  # noqa: F401


def output_of(options: Mapping[str, Json]) -> DeclaredOutput | None:
    """None: its answers are text. Raises AgentProblem."""
    said = options.get(OPTION)
    if said is None:
        return None
    if problem := next(_problems(said), ""):
        raise AgentProblem(f"{OPTION} of the agent {problem}", code="E1286")
    return DeclaredOutput(**said)


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


def pretty(value: Json) -> str:
    """As it is shown, and stored: whole numbers of any size stay what they are."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _problems(said: Any) -> Iterator[str]:
    if not isinstance(said, dict) or not isinstance(said.get("schema"), dict):
        yield 'must be an object with the JSON Schema of the answer: {"schema": {…}}'
        return
    if unknown := sorted(set(said) - set(KEYS)):
        yield f'has no "{unknown[0]}": there are {", ".join(KEYS)}'
    if said.get("mode", "auto") not in MODES:
        yield f'has no mode "{said["mode"]}": there are {", ".join(MODES)}'
    retries = said.get("retries", RETRIES)
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= 100:
        yield f"has retries that are no number from 0 to 100: {retries!r}"
    if problem := _problem_of_schema(json.dumps(said["schema"])):
        yield problem


@lru_cache(maxsize=256)
def _problem_of_schema(text: str) -> str:
    """Looked at once: it takes some milliseconds, and each execution asks."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    schema = json.loads(text)
    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        return f"is no JSON Schema: {error.json_path}: {error.message[:LONGEST_REASON_CHARACTERS]}"
    return ""


def _nearest(errors: list[Any]) -> Any:
    """Which form was meant: that which fits deepest; and a text that is no date was not meant as null."""
    return max(errors, key=lambda error: (len(error.path), error.validator != "type"))
