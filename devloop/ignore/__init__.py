"""Which paths count?"""

from devloop.ignore.ignore import Ignore
from devloop.ignore.pattern import LineWarning
from devloop.ignore.rules import Reason

__all__ = ["Ignore", "LineWarning", "Reason"]
