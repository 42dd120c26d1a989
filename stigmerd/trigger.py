"""What a workflow was started with: its `$input`."""

from __future__ import annotations

import json

from stigmer_api.workflowexecution_pb2 import WorkflowExecutionSpec
from stigmerd.records import Json
from stigmerd.workflow.state import canonical


def input_of(spec: WorkflowExecutionSpec) -> Json:
    """`{"message": …, "metadata": {…}}`, and the members of the message where that is a JSON object."""
    plain = {"message": spec.trigger_message, "metadata": dict(spec.trigger_metadata)}
    try:
        given = json.loads(spec.trigger_message)
    except (ValueError, RecursionError):
        return plain
    return canonical({**plain, **given}) if isinstance(given, dict) else plain
