"""`stigmer run --resume` and `--task`: what ended goes on, or one task runs alone."""
