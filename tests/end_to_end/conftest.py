"""Worlds for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.world import World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    """A world for one test."""
    with new_world() as world:
        yield world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """A world for all tests of a module: they share its daemon."""
    with new_world() as world:
        yield world
