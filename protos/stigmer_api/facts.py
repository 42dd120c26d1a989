"""What command, backend and SDK must spell alike: numbers of kinds and phases, names, keys.

Plain values, because every command imports them. A test compares the numbers with those of the messages.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

API_VERSION: Final = "agentic.stigmer.ai/v1"
LOCAL_ORGANIZATION: Final = "local"  # where nobody says which
PLATFORM_SCOPE: Final = 1  # ApiResourceOwnerScope
ORGANIZATION_SCOPE: Final = 2


class ResourceKind(IntEnum):
    """Kinds of resource, with their numbers: ApiResourceKind."""

    AGENT = 40
    AGENT_EXECUTION = 41
    SESSION = 42
    SKILL = 43
    MCP_SERVER = 44
    AGENT_INSTANCE = 45
    WORKFLOW = 50
    WORKFLOW_INSTANCE = 51
    WORKFLOW_EXECUTION = 52
    ENVIRONMENT = 53
    EXECUTION_CONTEXT = 54


EXECUTION_KINDS: Final = (ResourceKind.AGENT_EXECUTION, ResourceKind.WORKFLOW_EXECUTION)
ID_PREFIXES: Final = {
    ResourceKind.AGENT: "agt",
    ResourceKind.AGENT_EXECUTION: "aex",
    ResourceKind.SESSION: "ses",
    ResourceKind.SKILL: "skl",
    ResourceKind.MCP_SERVER: "mcp",
    ResourceKind.AGENT_INSTANCE: "ain",
    ResourceKind.WORKFLOW: "wfl",
    ResourceKind.WORKFLOW_INSTANCE: "win",
    ResourceKind.WORKFLOW_EXECUTION: "wex",
    ResourceKind.ENVIRONMENT: "env",
    ResourceKind.EXECUTION_CONTEXT: "exec",
}


# Where an execution stands: ExecutionPhase, the same numbers for agents and workflows.
PHASE_PENDING, PHASE_IN_PROGRESS, PHASE_COMPLETED, PHASE_FAILED, PHASE_CANCELLED = range(1, 6)
FIRST_TERMINAL: Final = PHASE_COMPLETED


def is_terminal(phase: int) -> bool:
    """Nothing follows."""
    return phase >= FIRST_TERMINAL


# Annotations: hints between our own parts, which other servers ignore.
ANNOTATION_PREFIX: Final = "devloop.stigmer.ai/"
HASH_ANNOTATION: Final = ANNOTATION_PREFIX + "manifest-hash"  # of what a resource was applied from
PROJECT_ANNOTATION: Final = ANNOTATION_PREFIX + "project-dir"  # the project that declares a resource
MAIN_ANNOTATION: Final = ANNOTATION_PREFIX + "main"  # its program
FILE_ANNOTATION: Final = ANNOTATION_PREFIX + "file"  # or the file with manifests that declares it
PYTHON_ANNOTATION: Final = ANNOTATION_PREFIX + "python"  # and the interpreter of that
PATH_ANNOTATION: Final = ANNOTATION_PREFIX + "python-path"  # where else that looks for modules: PYTHONPATH
ACTIVITIES_ANNOTATION: Final = ANNOTATION_PREFIX + "activities"  # the project's own functions that it calls
SCRIPT_ANNOTATION: Final = ANNOTATION_PREFIX + "script"  # what an agent's scripted model says
TOOLS_ANNOTATION: Final = ANNOTATION_PREFIX + "tools"  # what an agent gets besides those of its servers
ALLOW_ANNOTATION: Final = ANNOTATION_PREFIX + "allow"  # the built-in tools that its project permits
WRITTEN_ATTRIBUTE: Final = "user.stigmer.written"  # on a file: what an agent wrote, its SHA-256
OPTIONS_ANNOTATION: Final = ANNOTATION_PREFIX + "options"  # of an agent, as JSON: see agent_options
OWNER_ANNOTATION: Final = ANNOTATION_PREFIX + "owner"  # the loop that started an execution
APPROVAL_ANNOTATION: Final = ANNOTATION_PREFIX + "approval"  # what an execution may do without asking: JSON
MODELS_ANNOTATION: Final = ANNOTATION_PREFIX + "models"  # what its agents are to ask: see chosen_models
PARENT_ANNOTATION: Final = ANNOTATION_PREFIX + "parent"  # `<execution id>/<task key>` of who started it
# In the metadata of a task that was cancelled: why. For others it is one that was skipped.
CANCELLED_TASK: Final = "cancelled"
MISSING_ANNOTATION: Final = ANNOTATION_PREFIX + "missing-variables"  # declared, and without a value
RESUMED_ANNOTATION: Final = ANNOTATION_PREFIX + "resumed-from"  # the execution that it goes on with
RESUMED_AT_ANNOTATION: Final = ANNOTATION_PREFIX + "resumed-at"  # and the tasks that ran first
RESUMED_BY_ANNOTATION: Final = ANNOTATION_PREFIX + "resumed-by"  # the executions that went on with this one
ONLY_ANNOTATION: Final = ANNOTATION_PREFIX + "only-task"  # the path of the one task that it runs
VALUES_ANNOTATION: Final = ANNOTATION_PREFIX + "values-of"  # the execution whose values that task has
ORIGIN_ANNOTATIONS: Final = (
    RESUMED_ANNOTATION,
    RESUMED_AT_ANNOTATION,
    RESUMED_BY_ANNOTATION,
    ONLY_ANNOTATION,
    VALUES_ANNOTATION,
)
TEMPERATURE_ANNOTATION: Final = ANNOTATION_PREFIX + "temperature"  # of an agent execution's model
TIMEOUT_ANNOTATION: Final = ANNOTATION_PREFIX + "timeout-seconds"  # of an agent execution
GENERATED_ANNOTATION: Final = "stigmer.ai/sdk.generated-at"  # by other SDKs; differs in each synthesis

# In the metadata of a sub-agent's record: what it says, a list of `role`, `content` and the ids of `calls`.
SUB_AGENT_MESSAGES: Final = "messages"
QUESTIONS: Final = "questions"  # in the metadata of a tool call's component: what it asks people

# Metadata of a call. A client that sends this one shows text while it grows; the others print a message
# once, when it appears.
ERROR_CODE: Final = "stigmer-error-code"  # metadata of a refusal: what `stigmer explain` knows it by
PARTIAL_METADATA: Final = ("stigmer-partial", "1")
