"""What each expected error means: `stigmer explain E0123`."""
