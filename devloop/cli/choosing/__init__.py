"""One of several agents and workflows is chosen: with arrow keys and a filter, or by its number."""
