"""What a service says when it will not do what it was asked."""

from __future__ import annotations

import grpc


class RpcError(Exception):
    """Ends a call with a status code. The text says what, where, and what to try."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def not_found(text: str) -> RpcError:
    return RpcError(grpc.StatusCode.NOT_FOUND, text)


def already_exists(text: str) -> RpcError:
    return RpcError(grpc.StatusCode.ALREADY_EXISTS, text)


def invalid(text: str) -> RpcError:
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_now(text: str) -> RpcError:
    """The request is well-formed, but the state of things forbids it."""
    return RpcError(grpc.StatusCode.FAILED_PRECONDITION, text)


def exhausted(text: str) -> RpcError:
    return RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, text)


def unsupported(text: str) -> RpcError:
    return RpcError(grpc.StatusCode.UNIMPLEMENTED, text)
