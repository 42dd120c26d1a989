"""How much an agent may use, and what it has used."""
