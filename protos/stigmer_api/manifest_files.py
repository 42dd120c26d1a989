"""What a synthesis writes into its directory, as the SDK names it and a run reads it."""

from __future__ import annotations

OUT_DIR = "STIGMER_OUT_DIR"  # the environment variable that says where; without it nothing is written
DEPENDENCIES = "dependencies.json"  # which resource needs which others; written last
INPUTS = "inputs.json"  # files of the project that the program read, and directories that it listed
ERROR = "error.json"  # instead of a manifest
CHECKS = "checks.json"  # what a run looks at: names of others, programs in jq, scripts; with their places
FORK_REPORT = ".zygote"  # {"modules": [[name, file], …], "not_forkable": why, "names": [package, …]}
# All that a run reads, as a pattern.
FILES = r"(?:agent|workflow|skill)-\d+\.pb|skill-[0-9a-f]{64}\.zip|(?:dependencies|inputs|error|checks)\.json"


def resource_file(kind: str, number: int) -> str:
    """Of a resource's message; `kind`: agent or workflow."""
    return f"{kind}-{number}.pb"


def packed_skill_file(version: str) -> str:
    """Of a skill that lies in a folder of the project; `version`: the SHA-256 of its zip."""
    return f"skill-{version}.zip"
