"""`stigmer list`, `show` and `delete`: what is deployed."""
