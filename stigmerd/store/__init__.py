"""What the backend keeps on disk: resources, events, journals, signals, artifacts, encrypted secrets."""
