"""A conversation with an agent: `stigmer run -i`."""
