"""A backend's refusal, as an error with words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcmd.backend.extensions import ONLY_OURS, cannot, service_of
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


def error_of(status: str, text: str, address: Address, code: str = "", method: str = "") -> BackendError:
    """A gRPC status as an error with words.

    Args:
        code: the one that a backend of ours sent with it.
        method: that was called, as it is on the wire.
    """
    text = re.sub(r"^(pipeline step \S+ failed: )?(rpc error: code = \w+ desc = )?", "", text.strip())
    unsent = bool(UNSENT.match(text))
    reached = code or status not in CONNECTING
    where = f"the {address.description}" if address.description else f"the backend at {address.target}"
    failure = _unreached(status, UNSENT.sub("", text), where, address) if not reached else None
    if failure is None:
        log = "see its log: stigmer server logs" if address.local else "its own log may say more"
        broken = UnavailableError, "E0510", f"{where} failed: {text or status}", log
        kind, usual, message, hint = _answers(where, text or "not found", method, address).get(status, broken)
        failure = kind(message, code=code or usual, hint=hint, facts={"grpc_status": status})
    if isinstance(failure, ConnectionLostError):
        failure.unsent = unsent
    return failure


def _unreached(status: str, text: str, where: str, address: Address) -> BackendError | None:
    """What no backend said; None: one did."""
    if (cause := cause_of(text, address.target, local=address.local)) is None:
        return None
    verb = cause.text.startswith(("is ", "does "))
    message = (
        f"what answers at {address.target} {cause.text}" if verb else f"cannot reach {where}: {cause.text}"
    )
    kind = ConnectionLostError if status == "UNAVAILABLE" else UnavailableError
    return kind(message, code=cause.code, hint=cause.hint, facts={"grpc_status": status})


def _answers(
    where: str, text: str, method: str, address: Address
) -> dict[str, tuple[type[BackendError], str, str, str]]:
    """For each status: the class, the usual code, the sentence and what to try."""
    extension = bool(service_of(method))
    lacks = cannot(method) if extension else f"does not support this: {text}"
    older = "it may be older than this command, or another server: check the address"
    slow = "it may be busy, or the network slow"
    return {
        "NOT_FOUND": (NotFoundError, "E0512", text, ""),
        "UNIMPLEMENTED": (
            UnsupportedError,
            "E0508",
            f"{where} {lacks}",
            ONLY_OURS if extension else older,
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
        "RESOURCE_EXHAUSTED": _exhausted(where, text),
        "DEADLINE_EXCEEDED": (
            UnavailableError,
            "E0504",
            f"{where} did not answer in time",
            "check it: stigmer server status" if address.local else slow,
        ),
        "UNAVAILABLE": (ConnectionLostError, "E0510", f"{where} cannot work now: {text}", ""),
    }


def _exhausted(where: str, text: str) -> tuple[type[BackendError], str, str, str]:
    """gRPC says the same of a server that is full and of a message that is too large for one end."""
    size = re.search(r"message.* larger than max \(([\d.]+)\D+(\d+)\)", text)
    if size is None:
        return UnavailableError, "E0509", f"{where} is at its limit: {text}", ""
    news, most = f"{float(size[1]) / 1e6:.1f} MB", f"{int(size[2]) / 1e6:.1f} MB"
    if text.startswith("CLIENT: Received"):
        return RefusedError, "E0511", f"{where} sent {news} in one message; more than {most} is not read", ""
    return (
        RefusedError,
        "E0511",
        f"what was sent is too large for {where}: {news} in one message, and it takes {most}",
        "make what is declared or given smaller: a file that it reads, a long text",
    )
