"""How long from the start of the daemon to its first answer?"""

from __future__ import annotations

ROUNDS = 10
GOAL_MS = 400
