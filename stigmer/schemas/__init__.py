"""Python types as JSON Schema, and JSON as values of these types; imported by programs that need it."""
