"""Answers that have a declared form: asked for, checked, told."""
