"""What files with manifests declare, on its way to the backend."""
