"""The tools for files, as a model sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_ai import Tool, ToolReturn
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.asking.approval import HARMLESS, PREVIEW, REQUIRED
from stigmerd.agents.builtins.files.helper import FileHelper
from stigmerd.agents.calls import CallFacts
from stigmerd.store.json import Json

LINES = 1000


def file_tools(helper: FileHelper, *, read_only: bool, requires_approval: bool) -> Sequence[Tool[None]]:
    """`requires_approval`: of those that write."""
    tools = _Tools(helper)

    def asked(name: str) -> dict[str, object]:
        return {REQUIRED: requires_approval, PREVIEW: lambda args: tools.preview(name, args)}

    harmless = {HARMLESS: True}
    reading: list[Tool[None]] = [
        Tool(tools.read_file, takes_ctx=False, metadata=harmless),
        Tool(tools.list_files, takes_ctx=False, metadata=harmless),
        Tool(tools.find_files, takes_ctx=False, metadata=harmless),
        Tool(tools.search_files, takes_ctx=False, metadata=harmless),
    ]
    writing: list[Tool[None]] = [
        Tool(tools.write_file, takes_ctx=False, metadata=asked("write_file")),
        Tool(tools.edit_file, takes_ctx=False, metadata=asked("edit_file")),
    ]
    return reading if read_only else [*reading, *writing]


class _Tools:
    def __init__(self, helper: FileHelper) -> None:
        self._helper = helper

    async def read_file(self, path: str, first_line: int = 1, lines: int = LINES) -> str:
        """Read a text file; each line begins with its number and a tab.

        Args:
            path: from the workspace.
            first_line: where to begin.
            lines: how many of them at most.
        """
        return await self._text("read_file", path=path, first_line=first_line, lines=lines)

    async def list_files(self, path: str = ".") -> str:
        """List what is in a directory; directories end with a slash.

        Args:
            path: from the workspace.
        """
        return await self._text("list_files", path=path)

    async def find_files(self, pattern: str, path: str = ".") -> str:
        """Find files by their names. Directories of version control and of installed libraries are left out.

        Args:
            pattern: as in *.py or src/**/test_*.py.
            path: the directory to look in.
        """
        return await self._text("find_files", pattern=pattern, path=path)

    async def search_files(
        self, pattern: str, path: str = ".", files: str = "", ignore_case: bool = False
    ) -> str:
        """Find the lines that match a regular expression of Python, as path:line: text.

        Args:
            pattern: the regular expression.
            path: the file or the directory to look in.
            files: only in files with such names, as in *.py.
            ignore_case: whether A is the same as a.
        """
        return await self._text(
            "search_files", pattern=pattern, path=path, files=files, ignore_case=ignore_case
        )

    async def write_file(self, path: str, content: str) -> ToolReturn:
        """Write a whole file, a new one or in the place of an old one.

        Args:
            path: from the workspace; directories are made as needed.
            content: all of its text.
        """
        return await self._written("write_file", path=path, content=content)

    async def edit_file(self, path: str, old: str, new: str, all_of_them: bool = False) -> ToolReturn:
        """Exchange one passage of a text file for another.

        Args:
            path: from the workspace.
            old: the passage, exactly as it stands in the file, and long enough to stand there once.
            new: what takes its place.
            all_of_them: exchange it wherever it stands.
        """
        return await self._written("edit_file", path=path, old=old, new=new, all_of_them=all_of_them)

    async def preview(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Json]:
        """What a call would change, for the person who is asked; nothing if it cannot be told."""
        try:
            usual = {"all_of_them": False} if tool == "edit_file" else {}
            reply = await self._helper.call(tool, {**usual, **arguments, "pretend": True})
        except ToolFailed:  # as the call will, too
            return {}
        return {"diff": reply["diff"]}

    async def _text(self, tool: str, **arguments: Any) -> str:
        return str((await self._helper.call(tool, arguments))["text"])

    async def _written(self, tool: str, **arguments: Any) -> ToolReturn:
        reply = await self._helper.call(tool, {**arguments, "pretend": False})
        facts = CallFacts(file=reply["file"], diff=reply["diff"])
        return ToolReturn(return_value=str(reply["text"]), metadata=facts)
