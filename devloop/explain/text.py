"""A page as text: for a terminal, and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from devloop.explain.page import ErrorPage
from devloop.explain.registry import ROOMS

WIDEST = 100
NARROWEST = 30
GENERATED = "<!-- Written by `python -m tests.devloop.explain.write_pages` from devloop/explain. -->"


def shown(page: ErrorPage, columns: int) -> Iterator[str]:
    """The lines of a page, for a terminal of so many columns."""
    width = max(NARROWEST, min(columns, WIDEST))
    yield f"{page.code}: {page.title}"
    for text in (page.cause, page.remedy):
        yield ""
        yield from textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    yield ""
    yield "For example:"
    yield ""
    for line in page.example.splitlines():
        yield f"  {line}".rstrip()


def listed() -> Iterator[str]:
    """All codes with their titles."""
    for number, (room, pages) in enumerate(ROOMS.values()):
        if number:
            yield ""
        yield room
        for page in pages:
            yield f"  {page.code}  {page.title}"


def markdown(page: ErrorPage) -> str:
    """The page in docs/errors."""
    return f"""{GENERATED}

# {page.code}: {page.title}

{page.cause}

**What to do.** {page.remedy}

```text
{page.example}
```

In a terminal: `stigmer explain {page.code}`. [All error codes](README.md)
"""


def index() -> str:
    """The list of all pages in docs/errors."""
    parts = [
        GENERATED,
        "",
        "# Error codes",
        "",
        "The last line of an error names its code and how to read more: `more: stigmer explain E0601`. "
        "`stigmer explain` lists all codes, without a network. With `-o json` the code is in `facts.code`. "
        "A code keeps its meaning. A script can tell the kinds apart by "
        "[the exit status](../design/exit-status.md).",
    ]
    for prefix, (room, pages) in ROOMS.items():
        parts += ["", f"## {prefix}: {room}", "", "| code | means |", "|---|---|"]
        parts += [f"| [{page.code}]({page.code}.md) | {page.title} |" for page in pages]
    return "\n".join(parts) + "\n"
