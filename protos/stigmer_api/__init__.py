"""Stigmer's wire contract: one .proto file a package, and the stubs beside it."""
