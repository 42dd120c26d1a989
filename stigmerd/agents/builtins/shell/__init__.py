"""Commands of a shell, each in processes of its own that end with it."""
