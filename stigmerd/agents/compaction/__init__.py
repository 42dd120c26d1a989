"""A conversation that is too long for its model: the older part becomes a summary."""
