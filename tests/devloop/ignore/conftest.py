"""Repositories to compare with git."""

from __future__ import annotations

from tests.devloop.ignore.repository import home, new_repository, repository

__all__ = ["home", "new_repository", "repository"]
