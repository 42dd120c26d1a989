"""What a service says when it will not do what it was asked."""

from __future__ import annotations

import grpc


class RpcError(Exception):
    """Ends a call with a status. The text says what, where and what to try; `code` names the kind."""

    def __init__(self, status: grpc.StatusCode, text: str, *, code: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def not_found(text: str, *, code: str = "E0512") -> RpcError:
    return RpcError(grpc.StatusCode.NOT_FOUND, text, code=code)


def already_exists(text: str, *, code: str = "E0514") -> RpcError:
    return RpcError(grpc.StatusCode.ALREADY_EXISTS, text, code=code)


def invalid(text: str, *, code: str = "E0511") -> RpcError:
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, text, code=code)


def not_now(text: str, *, code: str = "E0513") -> RpcError:
    """The request is well-formed, but the state of things forbids it."""
    return RpcError(grpc.StatusCode.FAILED_PRECONDITION, text, code=code)


def exhausted(text: str, *, code: str = "E0509") -> RpcError:
    return RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, text, code=code)


def unsupported(text: str, *, code: str = "E0508") -> RpcError:
    return RpcError(grpc.StatusCode.UNIMPLEMENTED, text, code=code)
