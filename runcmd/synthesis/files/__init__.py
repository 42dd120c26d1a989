"""Manifests that people wrote in YAML."""
