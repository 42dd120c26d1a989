"""Which paths count? Git's ignore rules, the project's own, and what never counts."""

from devloop.ignore.ignore import Ignore
from devloop.ignore.pattern import LineWarning
from devloop.ignore.rules import Reason

__all__ = ["Ignore", "LineWarning", "Reason"]
