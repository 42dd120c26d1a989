"""ToolNames of tools as providers take them, and back: letters, digits, `_` and `-`, at most 64."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic_ai.messages import (
    ModelMessage,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

TAKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
OTHERS: Final = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
LONGEST: Final = 64


class ToolNames:
    """Of one request. Those that every provider takes stay as they are."""

    def __init__(self, names: Iterable[str]) -> None:
        asked = list(dict.fromkeys(names))
        used = {name for name in asked if TAKEN.fullmatch(name)}
        self._there: dict[str, str] = {}
        for name in asked:
            if name not in used:
                self._there[name] = free(OTHERS.sub("_", name)[:LONGEST] or "_", used)
                used.add(self._there[name])
        self._back = {there: name for name, there in self._there.items()}

    def __bool__(self) -> bool:
        return bool(self._there)

    def there(self, name: str) -> str:
        return self._there.get(name, name)

    def back(self, name: str) -> str:
        return self._back.get(name, name)

    def parameters(self, parameters: ModelRequestParameters) -> ModelRequestParameters:
        """With the tools' names as the provider takes them."""
        return replace(
            parameters,
            function_tools=[self._tool(tool) for tool in parameters.function_tools],
            output_tools=[self._tool(tool) for tool in parameters.output_tools],
        )

    def messages(self, messages: Sequence[ModelMessage]) -> list[ModelMessage]:
        """What was called before is called so again."""
        return [self._message(message) for message in messages]

    def _tool(self, tool: ToolDefinition) -> ToolDefinition:
        return replace(tool, name=self.there(tool.name)) if tool.name in self._there else tool

    def _message(self, message: ModelMessage) -> ModelMessage:
        if not any(name in self._there for name in names_in(message)):
            return message
        changed: Any = replace(message, parts=[self._part(part) for part in message.parts])  # type: ignore[arg-type]
        return changed  # type: ignore[no-any-return]

    def _part(self, part: object) -> object:
        if isinstance(part, ToolCallPart | ToolReturnPart) and part.tool_name in self._there:
            return replace(part, tool_name=self._there[part.tool_name])
        return part


def names_for(parameters: ModelRequestParameters, messages: Sequence[ModelMessage]) -> ToolNames:
    tools = [tool.name for tool in (*parameters.function_tools, *parameters.output_tools)]
    return ToolNames([*tools, *(name for message in messages for name in names_in(message))])


def names_in(message: ModelMessage) -> Iterable[str]:
    return (name for part in message.parts if (name := name_of(part)))


def name_of(part: object) -> str:
    """Of the tool that it calls, or that answers."""
    return part.tool_name if isinstance(part, ToolCallPart | ToolReturnPart) else ""


def free(name: str, used: set[str]) -> str:
    """`read_file`, else `read_file_2`."""
    number = 1
    found = name
    while found in used:
        number += 1
        end = f"_{number}"
        found = f"{name[: LONGEST - len(end)]}{end}"
    return found
