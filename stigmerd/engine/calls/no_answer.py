"""Why an HTTP server did not answer, in the words of who asked."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator


def no_answer(error: BaseException) -> str:
    """By the innermost cause that says something."""
    for cause in reversed(list(_causes(error))):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted: {cause.verify_message}"
            case ssl.SSLError() if "WRONG_VERSION_NUMBER" in str(cause):
                return "it does not speak TLS; write http://"
            case socket.gaierror():
                return "there is no such host (DNS)"
            case ConnectionRefusedError():
                return "nothing listens there (connection refused)"
            case ConnectionError():
                return "it closed the connection"
            case OSError() if cause.strerror:
                return cause.strerror
    return str(error) or {"ReadError": "it closed the connection"}.get(
        type(error).__name__, type(error).__name__
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in seen:
        seen.append(here)
        yield here
        if isinstance(here, BaseExceptionGroup):
            yield from here.exceptions
        here = here.__cause__ or here.__context__
