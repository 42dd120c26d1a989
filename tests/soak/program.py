"""The program of the soak's project: it says what it read, which text of itself it executes, and with which
variables."""

from __future__ import annotations

LOOKS = "looks"  # a directory beside the project: digest → all that made it
LINGER_ONE_IN = 2

# Every other content makes a run that takes a second, so that there is something to cancel.
MAIN = f"""
import json
from pathlib import Path

import module
from look import digest, look
from stigmer import Workflow

VERSION = 0
project = Path(__file__).parent
tree = {{**look(project), "main.py!": str(VERSION), "module.py!": str(module.VERSION)}}
seen = digest(tree)
(project.parent / "{LOOKS}" / seen).write_text(json.dumps(tree))

soak = Workflow("soak", description=seen)
if int(seen, 16) % {LINGER_ONE_IN} == 0:
    soak.wait("linger", 1)
soak.set("seen", digest=seen, env="${{ $env }}")
"""

MODULE = "VERSION = 0\n"

GITIGNORE = "ignored/\n.stigmer/\n.env\n"
