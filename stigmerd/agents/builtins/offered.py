"""The built-in tools of one execution, for the agent and its helpers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_ai import Tool

from stigmerd.agents.builtins.confining import NONE, can_forbid_network, confined_by
from stigmerd.agents.builtins.declared import FILES, SHELL, WEB
from stigmerd.agents.builtins.files.helper import FileHelper
from stigmerd.agents.builtins.files.tools import file_tools
from stigmerd.agents.builtins.shell.run import Surroundings
from stigmerd.agents.builtins.shell.tools import shell_tool
from stigmerd.agents.builtins.web import web_tool
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json


class NotConfined(AgentProblem):
    """Commands cannot be kept from what they are to be kept from."""

    code = "E1317"


class BuiltIns:
    """What they started ends with this context."""

    def __init__(self, reporter: AgentReporter) -> None:
        self._reporter = reporter
        self._warned = False
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
            self._require_confinement(shell)
            found.append(shell_tool(_surroundings(shell), requires_approval=shell["requires_approval"]))
        if web := granted.get(WEB):
            found.append(web_tool(web))
        return found

    def _require_confinement(self, shell: Mapping[str, Any]) -> None:
        """Said once where there is none; what the declaration counts on must be there."""
        if not shell["network"] and not can_forbid_network():
            raise NotConfined(
                "ShellTool(network=False) needs Linux 6.7 with Landlock, which this system has not: "
                "nothing here keeps a command from the network"
            )
        if confined_by() == NONE and not self._warned:
            self._warned = True
            self._reporter.warn(
                "commands are not confined on this system, which has no Landlock",
                "a command can read and write what you can: approve it with that in mind",
            )

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
