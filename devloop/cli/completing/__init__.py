"""What could come next on the command line: a shell asks when somebody presses Tab."""
