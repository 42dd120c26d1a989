"""The tool with which an agent keeps a todo list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic_ai import Tool

from stigmerd.agents.asking.approval import HARMLESS
from stigmerd.agents.reporter import AgentReporter
from stigmerd.executions.records import TodoSet
from stigmerd.store.clock import now


@dataclass(frozen=True)
class Todo:
    id: str
    content: str
    status: Literal["pending", "in_progress", "completed", "cancelled"]


def todo_tool(reporter: AgentReporter) -> Tool[None]:
    async def write_todos(todos: list[Todo]) -> str:
        """Write down the steps of a longer task, or change some: an item with a known id replaces it."""
        at = now()
        reporter.emit(
            *(TodoSet(id=todo.id, content=todo.content, status=todo.status.upper(), at=at) for todo in todos)
        )
        return f"{len(todos)} written"

    return Tool(write_todos, takes_ctx=False, metadata={HARMLESS: True})
