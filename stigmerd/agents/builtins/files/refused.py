"""What is not done, in words for the model."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818
    """The call fails with this sentence."""
