"""Shows the events of runs and watch loops, to people and to programs."""
