"""What `stigmer explain` knows the failures of tasks by."""

from __future__ import annotations

from typing import Final

from stigmer_api.error_codes import with_code
from stigmerd.workflow.failure import MISSING_VARIABLE, Problem

# By the type that a TRY sees. What a RAISE task says is the workflow's own matter and has none; the text of
# an agent or a workflow that failed has the code of what failed in it.
CODES: Final = {
    "configuration": "E0701",
    "limit": "E0702",
    "size": "E0702",
    "http": "E0703",
    "grpc": "E0704",
    "unsupported": "E0704",
    "expression": "E0705",
    "activity": "E0706",
    "timeout": "E0707",
    "system": "E0708",
}


def sentence_of(problem: Problem) -> str:
    """Why an execution failed, for who reads it later."""
    code = "E0118" if problem.title == MISSING_VARIABLE else CODES.get(problem.type, "")
    return with_code(f"task {problem.task} failed: {problem.message}", code)
