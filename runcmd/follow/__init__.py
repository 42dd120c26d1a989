"""An execution's events, from its start to its summary, whatever the connection does."""
