"""The shell around a run: flags, renderers, watching, keys."""
