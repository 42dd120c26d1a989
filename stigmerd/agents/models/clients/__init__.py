"""Connections to providers, shared by all executions of the agent process."""
