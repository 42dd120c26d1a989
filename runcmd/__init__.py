"""One run: a project goes in, events come out."""
