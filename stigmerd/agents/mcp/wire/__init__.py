"""The connection to an MCP server: its lines, what they answer, and the tools that it lists."""
