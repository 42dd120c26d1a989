"""One file a command: flags become values, values become an exit status."""
