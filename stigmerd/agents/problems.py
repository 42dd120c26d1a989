"""Why an agent cannot work, in a sentence for the person who started it."""

from __future__ import annotations


class AgentProblem(Exception):  # noqa: N818
    """Expected trouble: the execution fails with this text."""
