"""`stigmer executions …`: what ran, what runs, and what to do about it."""
