"""Processes of MCP servers, lent to executions: to many at once, or to one alone."""
