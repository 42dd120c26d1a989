"""Every page that is generated, with its text: `python -m tests.docs.write_pages` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devloop.cli.schemas import Schema, schema_text
from tests.docs import events_page, man_pages, models_page, options_page
from tests.support.paths import ROOT

DOCS = ROOT / "docs"


def generated() -> Mapping[Path, str]:
    """File → what it must hold."""
    return {
        DOCS / "options.md": options_page.text(),
        DOCS / "events.md": events_page.text(),
        DOCS / "models.md": models_page.text(),
        **{DOCS / "schemas" / f"{each.value}.schema.json": schema_text(each) for each in Schema},
        **{DOCS / "man" / name: text for name, text in man_pages.texts().items()},
    }
