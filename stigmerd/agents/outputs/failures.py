"""A model that does not answer in the declared form, in words."""

from __future__ import annotations

from pydantic_ai.exceptions import ModelRetry, ToolRetryError, UnexpectedModelBehavior

from stigmerd.agents.outputs.answer import in_words
from stigmerd.agents.outputs.declared import DeclaredOutput
from stigmerd.agents.problems import AgentProblem


def never_fits(error: UnexpectedModelBehavior, output: DeclaredOutput) -> AgentProblem | None:
    """What to say if the model was asked too often; None: it is another error."""
    if "output retries" not in error.message:
        return None
    tries = output.retries + 1
    often = "once" if tries == 1 else f"{tries} times"
    return AgentProblem(
        f"the answer did not fit {output.called}, asked {often}{_last_reason(error)}; "
        "see what the agent was told of it, or let it try more often: output_retries",
        code="E1287",
    )


def _last_reason(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        if isinstance(cause, ToolRetryError):
            return f": {in_words(cause.tool_retry.content)}"
        if isinstance(cause, ModelRetry):
            return f": {cause.message}"
        cause = cause.__cause__ or cause.__context__
    return ""
