"""A power cut: what was not synced is gone."""
