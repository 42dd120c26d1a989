"""A project's program runs, and what it declares becomes a manifest."""
