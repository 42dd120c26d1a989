"""Tools that come with the product: files, shell, web. Off unless agent and project say so."""
