"""A backend's refusal, as an error with words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcmd.backend.unreachable import cause_of
from runcmd.errors import BackendError

if TYPE_CHECKING:
    from runcmd.backend.address import Address

# The texts of gRPC for: there was no connection to send anything on.
UNSENT = re.compile(
    r"^(failed to connect to all addresses; last error: (\w+: )?"
    r"|(?=DNS resolution failed)|(?=errors resolving )|(?=connections to all backends failing))"
)
CONNECTING = frozenset(
    {"UNAVAILABLE", "UNKNOWN", "INTERNAL", "UNIMPLEMENTED", "UNAUTHENTICATED", "PERMISSION_DENIED"}
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


def error_of(status: str, text: str, address: Address, code: str = "") -> BackendError:
    """A gRPC status as an error with words; `code` is the one that a backend of ours sent with it."""
    text = re.sub(r"^(pipeline step \S+ failed: )?(rpc error: code = \w+ desc = )?", "", text.strip())
    unsent = bool(UNSENT.match(text))
    reached = code or status not in CONNECTING
    where = f"the {address.description}" if address.description else f"the backend at {address.target}"
    failure = _unreached(status, UNSENT.sub("", text), where, address) if not reached else None
    if failure is None:
        kind, usual, message, hint = _answers(where, text or "not found").get(
            status,
            (
                UnavailableError,
                "E0510",
                f"{where} failed: {text or status}",
                "see its log: stigmer server logs",
            ),
        )
        failure = kind(message, code=code or usual, hint=hint, facts={"grpc_status": status})
    if isinstance(failure, ConnectionLostError):
        failure.unsent = unsent
    return failure


def _unreached(status: str, text: str, where: str, address: Address) -> BackendError | None:
    """What no backend said; None: one did."""
    if (cause := cause_of(text, address.target)) is None:
        return None
    verb = cause.text.startswith(("is ", "does "))
    message = (
        f"what answers at {address.target} {cause.text}" if verb else f"cannot reach {where}: {cause.text}"
    )
    kind = ConnectionLostError if status == "UNAVAILABLE" else UnavailableError
    return kind(message, code=cause.code, hint=cause.hint, facts={"grpc_status": status})


def _answers(where: str, text: str) -> dict[str, tuple[type[BackendError], str, str, str]]:
    """For each status: the class, the usual code, the sentence and what to try."""
    return {
        "NOT_FOUND": (NotFoundError, "E0512", text, ""),
        "UNIMPLEMENTED": (
            UnsupportedError,
            "E0508",
            f"{where} does not support this: {text}",
            "it may be older than this command, or another server: check the address",
        ),
        "INVALID_ARGUMENT": (RefusedError, "E0511", text, ""),
        "FAILED_PRECONDITION": (RefusedError, "E0513", text, ""),
        "ALREADY_EXISTS": (ExistsError, "E0514", text, ""),
        "OUT_OF_RANGE": (RefusedError, "E0511", text, ""),
        "UNAUTHENTICATED": (
            BackendError,
            "E0506",
            f"{where} rejected your credentials: {text}",
            "set STIGMER_API_KEY, or backend.cloud.token in ~/.stigmer/config.yaml",
        ),
        "PERMISSION_DENIED": (BackendError, "E0507", f"{where} does not allow this: {text}", ""),
        "RESOURCE_EXHAUSTED": (UnavailableError, "E0509", f"{where} is at its limit: {text}", ""),
        "DEADLINE_EXCEEDED": (
            UnavailableError,
            "E0504",
            f"{where} did not answer in time",
            "check it: stigmer server status",
        ),
        "UNAVAILABLE": (ConnectionLostError, "E0510", f"{where} cannot work now: {text}", ""),
    }
