"""A zygote that warms up for a project."""

from __future__ import annotations

from tests.runcmd.synthesis.zygotes import forks, library, project, zygote

__all__ = ["forks", "library", "project", "zygote"]
