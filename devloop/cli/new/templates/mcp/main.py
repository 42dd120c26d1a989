"""An archivist with an MCP server of this project: its tools are Python functions in notes_server.py."""

import sys
from pathlib import Path

from stigmer import Agent, Scripted, StdioServer

notes = StdioServer("notes", sys.executable, ["notes_server.py"])

archivist = Agent(
    "archivist",
    Path("prompts/archivist.md"),
    description="Keeps the notes of the team",
    mcp_servers=[notes],
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/archivist.yaml"),
)
