"""Why an agent cannot work, in a sentence for the person who started it."""

from __future__ import annotations

from stigmer_api.error_codes import with_code


class AgentProblem(Exception):  # noqa: N818
    """Expected trouble: the execution fails with this text; `code` is for `stigmer explain`."""

    code = "E0830"

    def __init__(self, text: str, *, code: str = "") -> None:
        super().__init__(text)
        self.code = code or self.code


def sentence(error: BaseException) -> str:
    """With its error code."""
    return with_code(_sentence(error), getattr(error, "code", ""))


def _sentence(error: BaseException) -> str:
    # str(KeyError("x")) is "'x'".
    if isinstance(error, LookupError) and error.args:
        return str(error.args[0])
    return str(error) or type(error).__name__
