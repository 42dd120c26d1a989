"""What agents ask is answered with keys, on the screen of the run."""
