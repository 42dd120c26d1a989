"""How each kind of call is performed."""
