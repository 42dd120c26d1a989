"""All modules of the contract, and the examples of what its rules take and refuse."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from google.protobuf.message import Message

from tests.support.paths import ROOT

MODULES = tuple(
    import_module(f"stigmer_api.{path.stem}")
    for path in sorted((ROOT / "protos" / "stigmer_api").glob("*_pb2.py"))
)
VECTORS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "protos" / "validation_vectors.json").read_text()
)
# The original demands 52 (an old numbering) and so refuses correct references: we take 0, 52 and 53.
EXCEPTION = "AgentInstance env ref kind environment(53)"


def parsed(vector: dict[str, Any]) -> Message:
    """The message of an example."""
    package, _, name = vector["message"].rpartition(".")
    holders = [module for module in MODULES if module.DESCRIPTOR.package == package]
    message: Message = next(getattr(module, name) for module in holders if hasattr(module, name))()
    message.ParseFromString(bytes.fromhex(vector["wire_hex"]))
    return message
