"""Types that pydantic knows best; only where the program has imported it."""

from __future__ import annotations

import sys
from typing import Any

from stigmer.schemas.kinds import Definitions, Schema, ValueKind, WrongValueError


class ModelKind(ValueKind):
    """A model, or a type with one in it."""

    word = "an object"

    def __init__(self, annotation: Any) -> None:
        self._adapter = sys.modules["pydantic"].TypeAdapter(annotation)

    def schema(self, definitions: Definitions) -> Schema:
        found: Schema = self._adapter.json_schema()
        definitions.found.update(found.pop("$defs", {}))
        return found

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        try:
            return self._adapter.validate_python(value)
        except ValueError as error:
            found = error.errors() if hasattr(error, "errors") else ()
            if not found:
                raise WrongValueError(path, str(error)) from error
            first = found[0]
            inner = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in first["loc"])
            raise WrongValueError(f"{path}{inner}", _sentence(first["msg"])) from error


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
