"""Files of a workspace, by a process of its own that cannot leave it."""
