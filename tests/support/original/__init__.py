"""A server as the original one is, by the facts of the contract: its API, its words, its weaknesses."""
