"""A zygote that warms up for a project."""

from __future__ import annotations

from tests.runcmd.synthesis.zygotes import agent_project, forks, library, zygote

__all__ = ["agent_project", "forks", "library", "zygote"]
