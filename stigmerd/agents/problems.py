"""Why an agent cannot work, in a sentence for the person who started it."""

from __future__ import annotations


class AgentProblem(Exception):  # noqa: N818
    """Expected trouble: the execution fails with this text; `code` is for `stigmer explain`."""

    code = "E0830"

    def __init__(self, text: str, *, code: str = "") -> None:
        super().__init__(text)
        self.code = code or self.code
