"""Logins at MCP servers elsewhere: OAuth, by the library of the protocol."""
