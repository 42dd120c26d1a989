"""How a stream broke off, in a few words."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelConnectionError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)

from stigmer_api.shortage import shortage
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.scripted.model import ScriptedFailure

logger = logging.getLogger(__name__)

TRANSPORT = frozenset({"TransportError", "StreamError"})  # of httpx and of its successor
PROVIDER_FAILED = (ModelServerError, ModelUnavailableError)
NOTHING_CAME = "it was empty"


def how_it_broke(error: BaseException, *, opened: bool) -> str:
    """Empty where it did not: nobody was reached, or somebody refused.

    Args:
        opened: something of the answer had come.
    """
    names = [name for cause in _causes(error) for name in _names(cause)]
    if not opened:
        if isinstance(error, UnexpectedModelBehavior):
            return NOTHING_CAME if "without content" in str(error) else ""
        if getattr(error, "in_stream", False) and isinstance(error, PROVIDER_FAILED):
            return "the provider failed"
        # The status had come and the rest had not; before that the client tries again by itself.
        cut = any("complete message body" in str(cause) for cause in _causes(error))
        return "the connection was closed" if cut else ""
    if isinstance(error, ModelTimeoutError) or any("Timeout" in name for name in names):
        return "nothing more came"
    if isinstance(error, ModelConnectionError) or TRANSPORT.intersection(names):
        return "the connection was closed"
    if isinstance(error, PROVIDER_FAILED):
        return "the provider failed"
    if isinstance(error, ModelAPIError) and "Failed to decode" in str(error):
        return "what came cannot be read"
    return ""


def unreadable(error: Exception, model: str) -> ModelAPIError | None:
    """What a client raises when it trips over what came. None: it is somebody's word."""
    if isinstance(error, AgentRunError | AgentProblem | ScriptedFailure | UserError | ExceptionGroup):
        return None
    if TRANSPORT.intersection(_names(error)) or shortage(error) is not None:
        return None
    logger.warning("what the model %s sent cannot be read", model, exc_info=error)
    return ModelAPIError(model, f"Unreadable: {type(error).__name__}: {error}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    here: BaseException | None = error
    seen: set[int] = set()
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or here.__context__


def _names(error: BaseException) -> Iterator[str]:
    return (each.__name__ for each in type(error).__mro__)
