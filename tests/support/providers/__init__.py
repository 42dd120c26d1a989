"""Providers of models on loopback: each speaks a real wire format, and says what a test tells it to."""
