"""The table of providers in docs/models.md, from the one that the code reads."""

from __future__ import annotations

from stigmer_api.model_providers import KNOWN, LOCAL, SCRIPTED, KnownProvider
from tests.support.paths import ROOT
from tests.support.providers.wires.table import ALIKE, WIRES

PAGE = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- providers -->\n", "<!-- end of providers -->\n"
HEAD = "| provider | extra | key | address, and what else says where |\n|---|---|---|---|\n"
TESTED_BEGIN, TESTED_END = "<!-- tested -->\n", "<!-- end of tested -->\n"
APART = (SCRIPTED, LOCAL)  # they have sections of their own
FEATURES = ("text", "thinking", "parallel calls", "tokens", "401, 404, 429, 5xx", "a stream that breaks off")


def text() -> str:
    """The page, with the table as it must be."""
    rows = "".join(row(each) for each in KNOWN.values() if each.name not in APART)
    page = between(PAGE.read_text("utf-8"), BEGIN, END, f"{HEAD}{rows}")
    return between(page, TESTED_BEGIN, TESTED_END, tested())


def between(page: str, begin: str, end: str, text: str) -> str:
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n{text}\n{end}{after}"


def tested() -> str:
    """What tests/stigmerd/agents/test_wires.py and test_alike_wires.py try, by the same tables."""
    head = f"| provider | {' | '.join(FEATURES)} | against |\n|---|{'---|' * (len(FEATURES) + 1)}\n"
    rows = [
        f"| `{name}:` | ✓ | {'✓' if wire.thinks else ''} |{' ✓ |' * (len(FEATURES) - 2)}"
        f" a fake of its wire format, by `{KNOWN[name].library}` |"
        for name, wire in WIRES.items()
    ]
    alike = ", ".join(f"`{name}:`" for name in ALIKE)
    rows.append(f"| {alike} | ✓ |" + " |" * (len(FEATURES) - 1) + " a fake of OpenAI's chat completions |")
    untested = [name for name in KNOWN if name not in WIRES and name not in ALIKE and name not in APART]
    names = ", ".join(f"`{name}:`" for name in untested)
    rows.append(f"| {names} |" + " |" * len(FEATURES) + " nothing: they are made as pydantic-ai makes them |")
    return head + "\n".join(rows) + "\n"


def row(known: KnownProvider) -> str:
    key = named(known.keys) + (" (not needed)" if known.keyless else "")
    where = [*known.urls, *known.more]
    usual = f"{named(where)}; else `{known.usual_url}`" if known.usual_url else named(where)
    return f"| `{known.name}:` | `{known.extra}` | {key} | {usual} |\n"


def named(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
