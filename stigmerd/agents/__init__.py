"""Agents at work: models, MCP servers, skills, sub-agents, in a process of their own."""
