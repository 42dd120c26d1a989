"""A backend's refusal, as an error with words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcmd.errors import BackendError

if TYPE_CHECKING:
    from runcmd.backend.address import Address

# The texts of gRPC for: there was no connection to send anything on.
UNSENT = re.compile(
    r"^(failed to connect to all addresses; last error: (\w+: )?"
    r"|(?=DNS resolution failed)|(?=connections to all backends failing))"
)


class NotFoundError(BackendError):
    """The backend does not have it."""


class UnsupportedError(BackendError):
    """The backend does not know this method."""


class RefusedError(BackendError):
    """The backend does not accept what was sent."""


class ExistsError(RefusedError):
    """The backend has it already."""


class UnavailableError(BackendError):
    """It may work again in a moment."""


class ConnectionLostError(UnavailableError):
    """Nobody answered."""

    unsent = False  # and nobody has heard of the call, for certain


def error_of(code: str, text: str, address: Address) -> BackendError:
    """A gRPC status as an error with words."""
    text = re.sub(r"^(pipeline step \S+ failed: )?(rpc error: code = \w+ desc = )?", "", text.strip())
    unsent = bool(UNSENT.match(text))
    text = UNSENT.sub("", text)
    where = f"the {address.description}" if address.description else f"the backend at {address.target}"
    kind, message, hint = {
        "NOT_FOUND": (NotFoundError, text or "not found", ""),
        "UNIMPLEMENTED": (UnsupportedError, f"{where} does not support this: {text}", ""),
        "INVALID_ARGUMENT": (RefusedError, text, ""),
        "FAILED_PRECONDITION": (RefusedError, text, ""),
        "ALREADY_EXISTS": (ExistsError, text, ""),
        "OUT_OF_RANGE": (RefusedError, text, ""),
        "UNAUTHENTICATED": (
            BackendError,
            f"{where} rejected your credentials: {text}",
            "set STIGMER_API_KEY, or backend.cloud.token in ~/.stigmer/config.yaml",
        ),
        "PERMISSION_DENIED": (BackendError, f"{where} does not allow this: {text}", ""),
        "RESOURCE_EXHAUSTED": (UnavailableError, f"{where} is at its limit: {text}", ""),
        "DEADLINE_EXCEEDED": (
            UnavailableError,
            f"{where} did not answer in time",
            "check it: stigmer server status",
        ),
        "UNAVAILABLE": (
            ConnectionLostError,
            f"cannot reach {where}: {text}",
            "check the address and that it runs: stigmer server status",
        ),
    }.get(
        code,
        (
            UnavailableError,
            f"{where} failed: {text or code}",
            "see its log: stigmer server logs",
        ),
    )
    failure = kind(message, hint=hint, facts={"code": code})
    if isinstance(failure, ConnectionLostError):
        failure.unsent = unsent
    return failure
