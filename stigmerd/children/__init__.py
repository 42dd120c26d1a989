"""Processes that work for us, and end with us."""
