"""A run that redraws what is under way."""
