"""What goes to models and servers and comes back, as it is recorded: in part, and without secrets."""
