"""A project whose program is written in Go: which files are built, and only when one has changed."""
