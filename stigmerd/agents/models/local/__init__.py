"""A small model on this machine's processor: one server for each file, in a process of its own."""
