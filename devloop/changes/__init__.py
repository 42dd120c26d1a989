"""What really changed in the project? Raw events in; settled changes, compared by content, out."""
