"""`stigmer config get`, `set`, `unset` and `list`: the values of ~/.stigmer/config.yaml."""
