"""Wire formats of providers: an answer becomes bytes."""
