"""`stigmer doctor`: what keeps runs from working here, and what to do about it."""
