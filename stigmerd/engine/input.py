"""What a workflow was started with: its `$input`."""

from __future__ import annotations

from stigmer_api.workflowexecution_pb2 import WorkflowExecutionSpec
from stigmerd.process.long_json import loads
from stigmerd.store.json import Json
from stigmerd.workflow.state import DEEPEST, canonical, too_deep

TOO_DEEP = f"its message is JSON with more than {DEEPEST} levels of lists and objects"


class BadInput(ValueError):  # noqa: N818
    """The text says why."""


def input_of(spec: WorkflowExecutionSpec) -> Json:
    """`{"message": …, "metadata": {…}}`, and the members of the message where that is a JSON object.

    Raises BadInput.
    """
    plain = {"message": spec.trigger_message, "metadata": dict(spec.trigger_metadata)}
    try:
        message = loads(spec.trigger_message)
    except RecursionError:
        raise BadInput(TOO_DEEP) from None
    except ValueError:
        return plain
    if too_deep(message):
        raise BadInput(TOO_DEEP)
    return canonical({**plain, **message}) if isinstance(message, dict) else plain
