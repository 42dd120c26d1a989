"""What a service says when it will not do what it was asked."""

from __future__ import annotations

import grpc


class Refusal(Exception):  # noqa: N818 - not an error of ours
    """Ends a call with a status code. The text says what, where, and what to try."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def not_found(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.NOT_FOUND, text)


def already_exists(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.ALREADY_EXISTS, text)


def invalid(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_now(text: str) -> Refusal:
    """The request is well-formed, but the state of things forbids it."""
    return Refusal(grpc.StatusCode.FAILED_PRECONDITION, text)


def exhausted(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, text)


def unsupported(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.UNIMPLEMENTED, text)
