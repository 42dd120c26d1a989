"""The background process: one for each data directory. Its client is standard library only."""
