"""Every page that is generated, with its text: `python -m tests.docs.write_pages` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.docs import man_pages, options_page
from tests.support.paths import ROOT

DOCS = ROOT / "docs"


def generated() -> Mapping[Path, str]:
    """File → what it must hold."""
    return {
        DOCS / "options.md": options_page.text(),
        **{DOCS / "man" / name: text for name, text in man_pages.texts().items()},
    }
