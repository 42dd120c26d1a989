"""`stigmer backend`: which one a run would use, whether it answers, and how to choose another."""
