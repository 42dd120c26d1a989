"""Why an agent failed, as a sentence."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)

from stigmer_api.masking import Masker
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.scripted_model import ScriptedFailure

logger = logging.getLogger(__name__)

LONGEST_BODY_CHARACTERS = 500


def explain(error: BaseException, limits: Mapping[str, float], masker: Masker) -> str:
    """The reason, masked, with the limit that was met and how to raise it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case AgentProblem() | ScriptedFailure():
            return str(error)
        case UsageLimitExceeded():
            return over_limit(str(error), limits)
        case TimeoutError():
            return (
                f"the agent did not finish within {limits['seconds']:g} s ({raise_with('TIMEOUT_SECONDS')})"
            )
        case ModelHTTPError():
            # Masked before it is cut: half a secret cannot be recognised.
            body = masker.text(str(error.body or error.message))[:LONGEST_BODY_CHARACTERS]
            return f"the model {error.model_name} answered with HTTP status {error.status_code}: {body}"
        case ModelAPIError():
            return f"cannot reach the model {error.model_name}: {error.message}"
        case UnexpectedModelBehavior():
            return f"the model answered with something unusable: {error}"
        case _:
            logger.error("an agent failed", exc_info=error)
            return f"{type(error).__name__}: {error}"


def over_limit(text: str, limits: Mapping[str, float]) -> str:
    if "request_limit" in text:
        return f"the agent took {limits['steps']:g} steps without an end ({raise_with('MAX_STEPS')})"
    return f"the agent used more than {limits['tokens']:g} tokens ({raise_with('MAX_TOKENS')})"


def raise_with(name: str) -> str:
    return f"raise the limit with -e STIGMER_AGENT_{name}=…"
