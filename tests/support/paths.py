"""Where the repository is, and what the tests run from it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE_PROJECT = ROOT / "sample_project"
MCP_SERVER = ROOT / "tests" / "stigmerd" / "agents" / "mcp_server.py"

# For a child process that has our packages without their being installed.
PYTHONPATH = os.pathsep.join([str(ROOT), str(ROOT / "protos")])
ENVIRONMENT = {"PYTHONPATH": PYTHONPATH}
