"""What a run is given on the command line, beside its message."""
