"""MCP servers: how they are started, kept warm, checked and offered."""
