"""What an execution says and is told: recorded, folded, masked, bounded, forgotten in the end."""
