"""The MCP server: each function marked as a tool is one that the agent can call."""

from pathlib import Path

from mcp.server import MCPServer

NOTES = Path(__file__).parent / "notes"

server = MCPServer("notes")


@server.tool()
def list_notes() -> str:
    """The names of all notes, one on each line."""
    return "\n".join(sorted(file.stem for file in NOTES.glob("*.md")))


@server.tool()
def read_note(name: str) -> str:
    """The text of a note."""
    file = NOTES / f"{name}.md"
    if file.parent != NOTES or not file.is_file():
        raise ValueError(f"there is no note {name}; there are: {list_notes()}")
    return file.read_text()


if __name__ == "__main__":
    server.run()
