"""What a synthesis writes into its directory, as the SDK names it and a run reads it."""

from __future__ import annotations

OUT_DIR = "STIGMER_OUT_DIR"  # the environment variable that says where; without it nothing is written
DEPENDENCIES = "dependencies.json"  # which resource needs which others; written last
INPUTS = "inputs.json"  # files of the project that the program read, and directories that it listed
ERROR = "error.json"  # instead of a manifest
FORK_REPORT = ".zygote"  # {"modules": [[name, file], …], "not_forkable": why, "names": [package, …]}
FILES = (
    r"(?:agent|workflow)-\d+\.pb|(?:dependencies|inputs|error)\.json"  # all that a run reads, as a pattern
)


def resource_file(kind: str, number: int) -> str:
    """Of a resource's message; `kind`: agent or workflow."""
    return f"{kind}-{number}.pb"
