"""What MCP servers tell and ask by themselves, while they work."""
