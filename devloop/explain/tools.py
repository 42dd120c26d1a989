"""E016: pictures."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0160",
        "The picture cannot be written",
        "The directory of the file does not exist or is not yours, or the disk is full.",
        "Name another file.",
        """$ stigmer graph -o /gone/week.svg
Error: cannot write /gone/week.svg: No such file or directory""",
    ),
)
