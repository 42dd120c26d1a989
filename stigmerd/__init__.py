"""The embedded backend: a complete local Stigmer server."""
