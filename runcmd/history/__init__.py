"""What was executed before: asked for, found, listed."""
