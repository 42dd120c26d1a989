"""`stigmer mcp`: logins at MCP servers elsewhere."""
