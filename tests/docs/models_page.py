"""The table of providers in docs/models.md, from the one that the code reads."""

from __future__ import annotations

from stigmer_api.model_providers import KNOWN, SCRIPTED, KnownProvider
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- providers -->\n", "<!-- end of providers -->\n"
HEAD = "| provider | extra | key | address, and what else says where |\n|---|---|---|---|\n"


def text() -> str:
    """The page, with the table as it must be."""
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    rows = "".join(row(each) for each in KNOWN.values() if each.name != SCRIPTED)
    return f"{before}{BEGIN}\n{HEAD}{rows}\n{END}{after}"


def row(known: KnownProvider) -> str:
    key = named(known.keys) + (" (not needed)" if known.keyless else "")
    where = [*known.urls, *known.more]
    usual = f"{named(where)}; else `{known.usual_url}`" if known.usual_url else named(where)
    return f"| `{known.name}:` | `{known.extra}` | {key} | {usual} |\n"


def named(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
