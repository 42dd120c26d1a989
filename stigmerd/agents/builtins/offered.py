"""The built-in tools of one execution, for the agent and its helpers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_ai import Tool

from stigmerd.agents.builtins.declared import FILES, SHELL, WEB
from stigmerd.agents.builtins.files.helper import FileHelper
from stigmerd.agents.builtins.files.tools import file_tools
from stigmerd.agents.builtins.shell.run import Surroundings
from stigmerd.agents.builtins.shell.tools import shell_tool
from stigmerd.agents.builtins.web import web_tool
from stigmerd.store.json import Json


class BuiltIns:
    """What they started ends with this context."""

    def __init__(self) -> None:
        self._helpers: list[FileHelper] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._helpers:
            await each.aclose()

    def tools(self, entry: Mapping[str, Json]) -> list[Tool[None]]:
        """Of the agent or of a helper, by what was granted to it. Raises AgentProblem."""
        granted: Mapping[str, Mapping[str, Any]] = entry["built_ins"]
        found: list[Tool[None]] = []
        if files := granted.get(FILES):
            found += self._files(files)
        if shell := granted.get(SHELL):
            found.append(shell_tool(_surroundings(shell), requires_approval=shell["requires_approval"]))
        if web := granted.get(WEB):
            found.append(web_tool(web))
        return found

    def _files(self, files: Mapping[str, Any]) -> list[Tool[None]]:
        helper = FileHelper({name: files[name] for name in ("root", "read_only", "secrets")})
        self._helpers.append(helper)
        return [
            *file_tools(helper, read_only=files["read_only"], requires_approval=files["requires_approval"])
        ]


def _surroundings(shell: Mapping[str, Any]) -> Surroundings:
    return Surroundings(
        directory=Path(shell["directory"]),
        scratch=Path(shell["scratch"]),
        environ=shell["environ"],
        seconds=shell["timeout"],
        read=tuple(shell["read"]),
        network=shell["network"],
    )
