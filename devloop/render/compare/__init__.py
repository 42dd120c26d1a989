"""Two texts, compared for people."""
