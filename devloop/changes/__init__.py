"""What really changed in the project: raw events in, settled batches told by content out."""
