"""A screen for each test."""

from __future__ import annotations

import pytest

from tests.devloop.render.screens import Screen


@pytest.fixture
def screen() -> Screen:
    return Screen()
