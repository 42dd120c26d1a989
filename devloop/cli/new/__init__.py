"""A new project: its name, its files, and where they go."""
