"""What a backend has stored besides executions: listed, found by name or id, deleted."""
