"""Writes docs/errors: `python -m tests.devloop.explain.write_pages`."""

from __future__ import annotations

from devloop.explain.registry import PAGES
from devloop.explain.text import index, markdown
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "errors"


def files() -> dict[str, str]:
    """Name → text."""
    return {"README.md": index()} | {f"{page.code}.md": markdown(page) for page in PAGES}


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
