"""The backend's own process: its event loop, its memory, its core files."""
