"""What a run has to say, as people or programs want to read it."""
