"""Where a workflow goes on after it ended, what is kept of it, and which program that makes."""
