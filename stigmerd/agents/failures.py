"""Why an agent failed, as a sentence with its error code."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic_ai.exceptions import (
    FallbackExceptionGroup,
    ModelAPIError,
    ModelNotFoundError,
    UnexpectedModelBehavior,
    UserError,
)

from stigmer_api.error_codes import with_code
from stigmer_api.masking import Masker, masker_of
from stigmer_api.shortage import shortage
from stigmerd.agents.answers.verdict import NotWhole
from stigmerd.agents.models.failures import Failure, refused, unusable
from stigmerd.agents.models.listing import choosing, models_at, page_at
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.scripted.model import ScriptedFailure

logger = logging.getLogger(__name__)


async def explain(
    error: BaseException, job: Mapping[str, Any], entry: Mapping[str, Any] | None = None
) -> str:
    """The reason, masked, and what to do: with the limit that was met, say, and how to raise it.

    `entry`: the helper that failed; None: the agent itself.
    """
    choice = (entry or job)["model"]
    if isinstance(error, FallbackExceptionGroup):
        # Of those before, a warning was shown.
        choice = [choice, *(entry or job)["fallback"]][-1]
        error = error.exceptions[-1]
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    masker = masker_of(job["secrets"])
    if isinstance(error, ScriptedFailure):
        return str(error)  # the words of the script
    failure = _of_setting(error) or await _of_model(error, choice, masker)
    if failure is None:
        logger.error("an agent failed", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return with_code(masker.text(failure.text), failure.code)


def _of_setting(error: BaseException) -> Failure | None:
    match error:
        case AgentProblem() | NotWhole():
            return Failure(str(error), error.code)
        case UserError():
            return Failure(f"the model cannot be used so: {error.message}", "E0823")
    if (lack := shortage(error)) is not None:
        return Failure(f"the agent was ended: {lack.text}; {lack.hint}", lack.code)
    return None


async def _of_model(error: BaseException, choice: Mapping[str, str], masker: Masker) -> Failure | None:
    match error:
        case ModelNotFoundError():
            failure = refused(error, choice, masker)
            if names := await models_at(choice):
                said, _, _ = failure.text.partition("; ")
                return Failure(f"{said}; {choosing(error.model_name, names)}", "E0802")
            if page := await page_at(choice):
                return Failure(f"{page}, and no model answers there; {_address(choice)}", "E0803")
            return failure
        case ModelAPIError():
            return refused(error, choice, masker)
        case UnexpectedModelBehavior():
            failure = unusable(error, choice, masker)
            if failure.code == "E0803" and (page := await page_at(choice)):
                return Failure(f"{page}, and no model answers there; {_address(choice)}", "E0803")
            return failure
    return None


def _address(choice: Mapping[str, str]) -> str:
    setting = f" ({choice['address_from']})" if choice.get("address_from") else ""
    return f"check the address{setting}: that of an OpenAI-compatible server often ends in /v1"
