"""`stigmer record`: a real run becomes a script."""
